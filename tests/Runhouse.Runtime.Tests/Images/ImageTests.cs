using System.Text.Json;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Images;
using Runhouse.Runtime.Logs;

namespace Runhouse.Runtime.Tests.Images;

public sealed class ImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_method_gives_a_longer_image_and_leaves_the_one_before()
    {
        Image first = Image.Base("debian:12").Apt("git", "curl");
        Image second = first.Run("make").Env("A", "1").DotnetTool("dotnet-trace", "9.0.1").Secret(Secret.FromValues("token", new Dictionary<string, string> { ["T"] = "secret-value" })).WorkingDirectory("~/x").Copy("data", "data/");
        Assert.Equal("FROM debian:12\nAPT git curl", first.ToString());
        Assert.Equal("FROM debian:12\nAPT git curl\nRUN make\nENV A\nDOTNET TOOL dotnet-trace 9.0.1\nSECRET token\nWORKDIR ~/x\nCOPY data data/", second.ToString());
    }

    [Fact]
    public void A_value_is_taken_as_it_is()
    {
        var step = (VariablesStep)((StepPart)Image.Base().Env("A", "cost: $5 ${B}").Parts[0]).Step;
        Assert.Equal("cost: $5 ${B}", VariableTemplate.Expand(step.Variables[0].Value, static _ => "expanded"));
    }

    [Fact]
    public void A_file_of_variables()
    {
        string path = _folder.Write(".env", "# comment\nA=1\nexport B = two words # comment\nC=\"x\\ny # no\" # yes\nD='$A \\n'\nE=\nF=a#b\n\n");
        var step = (VariablesStep)((StepPart)Image.Base().EnvFile(path).Parts[0]).Step;
        Assert.Equal(
            [("A", "1"), ("B", "two words"), ("C", "x\ny # no"), ("D", "$A \\n"), ("E", ""), ("F", "a#b")],
            step.Variables.Select(static variable => (variable.Name, VariableTemplate.Expand(variable.Value, static _ => null))));
    }

    [Theory]
    [InlineData("A=1\nno value here", 2)]
    [InlineData("A=\"hidden-value", 1)]
    [InlineData("=x", 1)]
    [InlineData("A='b'c", 1)]
    public void A_bad_line_is_named_without_its_value(string text, int line)
    {
        string path = _folder.Write(".env", text);
        FormatException error = Assert.Throws<FormatException>(() => Image.Base().EnvFile(path));
        Assert.Contains($"{path}:{line}:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-value", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_makes_no_step_is_refused_at_once()
    {
        Assert.Throws<ArgumentException>(static () => Image.Base().Apt());
        Assert.Throws<ArgumentException>(static () => Image.Base().Run(" "));
        Assert.Throws<ArgumentException>(static () => Image.Base().Copy("a", "../b"));
        Assert.Throws<ArgumentException>(static () => Image.Base().Secret("not a name"));
    }

    [Fact]
    public async Task A_failing_step_is_an_error_with_all_that_is_known()
    {
        await using var host = new FakeHost(static _ => FakeReply.OfMessage(
            """{"kind":"failed","number":2,"text":"RUN make","exitCode":2,"output":["gcc: no","stop"]}"""));
        using var client = host.Client();
        var error = await Assert.ThrowsAsync<ImageStepException>(() => Deployment().ApplyAsync(Image.Base().Run("a").Run("make"), "c", client, TestContext.Current.CancellationToken));
        Assert.Equal(("RUN make", 2, 2), (error.Step, error.StepNumber, error.ExitCode));
        Assert.Equal(["gcc: no", "stop"], error.Output);
        Assert.Contains("exit code 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("gcc: no\nstop", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_content_is_uploaded_and_the_image_sent_again()
    {
        _folder.Write("data/one", "content");
        bool uploaded = false;
        await using var host = new FakeHost(request =>
        {
            if (request.Method == "PUT")
            {
                uploaded = true;
                return new FakeReply(204, "");
            }

            CopyStep copy = Assert.IsType<CopyStep>(JsonSerializer.Deserialize(request.Body, ControlJson.Default.ImageManifest)!.Steps[0]);
            return FakeReply.OfMessage(uploaded ? """{"kind":"applied","environment":"e1","executed":1}""" : $$"""{"kind":"missing","hashes":["{{copy.Files[0].Hash}}"]}""");
        });
        using var client = host.Client();
        string? environment = await Deployment().ApplyAsync(Image.Base().Copy(Path.Combine(_folder.Path, "data"), "d"), "c", client, TestContext.Current.CancellationToken);
        Assert.Equal("e1", environment);
        Assert.Equal(["POST", "PUT", "POST"], host.Requests.Select(static request => request.Method));
    }

    [Fact]
    public async Task An_answer_that_ends_too_soon_is_said_to()
    {
        await using var host = new FakeHost(static _ => FakeReply.OfMessage("""{"kind":"begins","number":1,"count":1,"text":"RUN a"}"""));
        using var client = host.Client();
        await Assert.ThrowsAsync<HostUnreachableException>(() => Deployment().ApplyAsync(Image.Base().Run("a"), "c", client, TestContext.Current.CancellationToken));
    }

    private ImageDeployment Deployment() => new(new RunhouseHome(_folder.Path), new Silence(), TimeProvider.System);

    private sealed class Silence : RemoteOutput
    {
        public override void Write(Protocol.Connections.LogRecord record)
        {
        }
    }
}
