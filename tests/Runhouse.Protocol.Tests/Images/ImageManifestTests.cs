using System.Text.Json;
using CsCheck;
using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Tests.Images;

public sealed class ImageManifestTests
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char["ab \n="], 1, 4];

    private static readonly Gen<ImageStep> Step = Gen.OneOf(
        Text.Select(static text => (ImageStep)new RunStep(text)),
        Text.Array[1, 3].Select(static packages => (ImageStep)new AptStep(packages)),
        Gen.Select(Text, Text).Select(static (name, value) => (ImageStep)new VariablesStep([new ImageVariable(name, value)])),
        Gen.Select(Text, Text).Select(static (name, value) => (ImageStep)new VariablesStep([new ImageVariable(name, value)]) { ForStepsOnly = true }),
        Gen.Select(Text, Gen.String[Gen.Char["0123456789abcdef"], 64, 64]).Select(static (path, hash) => (ImageStep)new CopyStep(path, [new DeployedFile(path, hash, 1)])),
        Text.Select(static text => (ImageStep)new FolderStep(text)));

    [Fact]
    public void A_changed_step_changes_its_hash_and_all_behind_it_and_none_before()
        => Gen.Select(Step.Array[1, 6], Step, Gen.Int[0, 5]).Sample((steps, other, place) =>
        {
            place %= steps.Length;
            if (Json(other) == Json(steps[place]))
                return;
            ImageStep[] changed = [.. steps];
            changed[place] = other;
            IReadOnlyList<string> before = Image(steps).ComputeChain();
            IReadOnlyList<string> after = Image(changed).ComputeChain();
            Assert.Equal(before.Take(place), after.Take(place));
            Assert.All(Enumerable.Range(place, steps.Length - place), i => Assert.NotEqual(before[i], after[i]));
        });

    [Fact]
    public void What_travels_has_the_same_hashes()
        => Step.Array[0, 6].Sample(steps =>
        {
            ImageManifest image = Image(steps);
            string json = JsonSerializer.Serialize(image, ControlJson.Default.ImageManifest);
            Assert.Equal(image.ComputeChain(), JsonSerializer.Deserialize(json, ControlJson.Default.ImageManifest)!.ComputeChain());
        });

    [Fact]
    public void The_base_is_in_every_hash_and_the_name_in_none()
    {
        ImageManifest image = Image(new RunStep("true"));
        Assert.NotEqual(image.ComputeChain(), (image with { Base = "debian:12" }).ComputeChain());
        Assert.Equal(image.ComputeChain(), (image with { Name = "other" }).ComputeChain());
    }

    [Fact]
    public void The_values_of_a_secret_are_in_no_hash_and_no_text()
    {
        ImageManifest one = Image(Secret("first-value"));
        ImageManifest other = Image(Secret("other-value"));
        Assert.Equal(one.ComputeChain(), other.ComputeChain());
        Assert.DoesNotContain("first-value", one.Steps[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain("first-value", one.Steps[0].ToString(), StringComparison.Ordinal);

        static SecretStep Secret(string value) => new("token", new Dictionary<string, string> { ["TOKEN"] = value }, [new SecretContent("~/t", System.Text.Encoding.UTF8.GetBytes(value))]);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${A}/bin", "1/bin")]
    [InlineData("${MISSING}", "")]
    [InlineData("${MISSING:-${A}}", "1")]
    [InlineData("${EMPTY:-x}", "x")]
    [InlineData("${A:+set ${B}}", "set 2")]
    [InlineData("${MISSING:+set}", "")]
    [InlineData("$$A $ $", "$A $ $")]
    public void References_are_replaced(string template, string expected)
        => Assert.Equal(expected, VariableTemplate.Expand(template, static name => name switch { "A" => "1", "B" => "2", "EMPTY" => "", _ => null }));

    [Theory]
    [InlineData("${A")]
    [InlineData("${}")]
    [InlineData("${A:-b")]
    [InlineData("${A-b}")]
    public void A_malformed_reference_is_an_error(string template)
        => Assert.Throws<FormatException>(() => VariableTemplate.Expand(template, static _ => null));

    [Fact]
    public void A_literal_stays_what_it_is()
        => Gen.String.Sample(static text => VariableTemplate.Expand(VariableTemplate.Literal(text), static _ => "no") == text);

    private static ImageManifest Image(params ImageStep[] steps) => new() { Name = "test", Steps = steps };

    private static string Json(ImageStep step) => JsonSerializer.Serialize(step, ControlJson.Default.ImageStep);
}
