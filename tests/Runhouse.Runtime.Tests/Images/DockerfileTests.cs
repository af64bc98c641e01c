using CsCheck;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Images;
using Runhouse.Runtime.Images.Dockerfiles;

namespace Runhouse.Runtime.Tests.Images;

public sealed class DockerfileTests
{
    [Fact]
    public void Instructions_become_steps_in_order()
    {
        (string from, IReadOnlyList<ImageStep> steps) = Parse("""
            # syntax=docker/dockerfile:1
            # A comment.
            ARG SYSTEM=debian:12
            FROM ${SYSTEM} AS base

            ENV GREETING="hello world" PATH=/opt/bin:$PATH
            workdir /srv/app
            RUN apt-get update && \
                # between
                apt-get install -y git \
                  curl
            """);
        Assert.Equal("debian:12", from);
        Assert.Equal(
            [("GREETING", "hello world"), ("PATH", "/opt/bin:${PATH}")],
            Assert.IsType<VariablesStep>(steps[0]).Variables.Select(static variable => (variable.Name, variable.Value)));
        Assert.Equal(new FolderStep("/srv/app"), steps[1]);
        Assert.Equal("apt-get update &&     apt-get install -y git       curl", Assert.IsType<RunStep>(steps[2]).Command);
    }

    [Theory]
    [InlineData("ENV A=1", "1")]
    [InlineData("ENV A 1 2  3", "1 2  3")]
    [InlineData("ENV A='$B'", "$$B")]
    [InlineData("ENV A=\"x $HOME\"", "x ${HOME}")]
    [InlineData("ENV A=x\\ y", "x y")]
    [InlineData("ENV A=\\$B", "$$B")]
    [InlineData("ENV A=\"a\\\"b\\n\"", "a\"b\\n")]
    [InlineData("ENV A=${B:-none}", "${B:-none}")]
    [InlineData("ENV A=", "")]
    [InlineData("ARG B=7\nENV A=$B", "7")]
    [InlineData("ARG B\nENV A=[$B]", "[]")]
    [InlineData("ARG B\nENV A=${B:-d}", "d")]
    [InlineData("ENV B=7\nENV A=${B:+set}", "set")]
    [InlineData("ENV B=1\nARG B=2\nENV A=$B", "1")]
    [InlineData("ENV A=old\nENV A=new C=$A", "new")]
    [InlineData("ENV A=a#b", "a#b")]
    public void Values_of_variables(string text, string expected)
        => Assert.Equal(expected, Steps(text).OfType<VariablesStep>().Last().Variables[0].Value);

    [Fact]
    public void The_variables_of_one_instruction_see_those_before_it()
    {
        VariablesStep step = Assert.IsType<VariablesStep>(Steps("ENV A=old\nENV A=new C=$A")[1]);
        Assert.Equal("old", step.Variables[1].Value);
    }

    [Fact]
    public void Arguments_come_from_the_caller_the_default_and_before_FROM_and_hold_for_steps_only()
    {
        const string Text = "ARG OUTER=o\nARG UNUSED=u\nFROM x:$OUTER\nARG OUTER\nARG GIVEN=default\nARG OTHER=default\nRUN true";
        (string from, IReadOnlyList<ImagePart> parts) = DockerfileParser.Parse("Dockerfile", Text, new Dictionary<string, string> { ["GIVEN"] = "$5" });
        Assert.Equal("x:o", from);
        VariablesStep[] steps = [.. parts.OfType<StepPart>().Select(static part => part.Step).OfType<VariablesStep>()];
        Assert.All(steps, static step => Assert.True(step.ForStepsOnly));
        Assert.Equal(["o", "$$5", "default"], steps.Select(static step => step.Variables[0].Value));
    }

    [Theory]
    [InlineData("RUN echo $A | cat", "echo $A | cat")]
    [InlineData("RUN [\"/bin/echo\", \"a b\", \"it's\", \"$A\"]", "/bin/echo 'a b' 'it'\\''s' '$A'")]
    [InlineData("RUN [ -f x ] || true", "[ -f x ] || true")]
    [InlineData("RUN <<EOF\necho one\necho two # not a comment\nEOF", "echo one\necho two # not a comment\n")]
    [InlineData("RUN <<-EOF\n\techo one\n\tEOF", "echo one\n")]
    [InlineData("RUN python3 <<'EOF' > out\nprint('$x')\nEOF", "python3 <<'EOF' > out\nprint('$x')\nEOF\n")]
    [InlineData("RUN cat <<A <<B\na\nA\nb\nB", "cat <<A <<B\na\nA\nb\nB\n")]
    [InlineData("RUN cat <<<word", "cat <<<word")]
    [InlineData("RUN echo a\\\\", "echo a\\\\")]
    [InlineData("RUN echo a \\\n\n  b", "echo a   b")]
    public void Commands(string text, string expected) => Assert.Equal(expected, Assert.IsType<RunStep>(Assert.Single(Steps(text))).Command);

    [Fact]
    public void A_script_with_an_interpreter_of_its_own_is_a_file()
        => Assert.Contains("#!/usr/bin/env python3", Assert.IsType<RunStep>(Assert.Single(Steps("RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF"))).Command, StringComparison.Ordinal);

    [Fact]
    public void The_escape_character_can_be_another()
        => Assert.Equal("echo a\\ b", Assert.IsType<RunStep>(Parse("# escape=`\nFROM x\nRUN echo a\\ `\nb").Steps[0]).Command);

    [Theory]
    [InlineData("FROM x\nEXPOSE 80", 2, "EXPOSE")]
    [InlineData("FROM x\n\n# c\nADD a b", 4, "COPY")]
    [InlineData("FROM x\nRUN a \\\n  b\nUSER root", 4, "USER")]
    [InlineData("FROM x\nRUN <<EOF\nx\nEOF\nFROM y", 5, "stage")]
    [InlineData("RUN true", 1, "FROM")]
    [InlineData("", 1, "FROM")]
    [InlineData("FROM x\nRUN --mount=type=secret,id=a cat a", 2, "--mount")]
    [InlineData("FROM --platform=linux/arm64 x", 1, "--platform")]
    [InlineData("FROM x\nCOPY --from=build a b", 2, "--from")]
    [InlineData("FROM x\nCOPY only", 2, "COPY source target")]
    [InlineData("FROM x\nCOPY a $UNKNOWN/b", 2, "UNKNOWN")]
    [InlineData("FROM x\nCOPY a ../b", 2, "..")]
    [InlineData("FROM x\nWORKDIR ../b", 2, "..")]
    [InlineData("FROM x\nENV A", 2, "no value")]
    [InlineData("FROM x\nENV A=1 B", 2, "'B'")]
    [InlineData("FROM x\nENV 1A=1", 2, "1A")]
    [InlineData("FROM x\nENV A=\"open", 2, "not closed")]
    [InlineData("FROM x\nENV A=${B", 2, "not closed")]
    [InlineData("FROM x\nENV A=${B#p}", 2, "not understood")]
    [InlineData("FROM x\nRUN <<EOF\nnever", 2, "<<EOF")]
    [InlineData("FROM $NOTHING", 1, "NOTHING")]
    [InlineData("# escape=x\nFROM x", 1, "escape")]
    [InlineData("FROM x\nRUN", 2, "nothing")]
    public void Anything_else_is_an_error_with_its_line(string text, int line, string part)
    {
        DockerfileException error = Assert.Throws<DockerfileException>(() => Parse(text));
        Assert.Equal((line, $"Dockerfile:{line}: "), (error.Line, error.Message[..$"Dockerfile:{line}: ".Length]));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_argument_that_is_not_declared_is_an_error()
        => Assert.Contains("TYPO", Assert.Throws<DockerfileException>(static () => DockerfileParser.Parse("D", "FROM x\nARG A", new Dictionary<string, string> { ["TYPO"] = "1" })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_quoted_value_of_any_kind_is_read_as_it_was()
        => Gen.String[Gen.Char["aB1 $\\\"'#={}:-\t"], 0, 20].Sample(static value =>
        {
            string quoted = string.Concat(value.Select(static c => c is '"' or '$' or '\\' ? "\\" + c : c.ToString()));
            return VariableTemplate.Expand(Assert.IsType<VariablesStep>(Steps($"ENV A=\"{quoted}\"")[0]).Variables[0].Value, static _ => "expanded") == value;
        });

    [Fact]
    public void Whatever_the_text_it_is_read_or_refused()
        => Gen.String[Gen.Char["FROMENVRUNCOPYWDIAG x=$\\\"'#{}<\n[]-:~/."], 0, 60].Sample(static text =>
        {
            try
            {
                Parse("FROM x\n" + text);
            }
            catch (DockerfileException)
            {
            }
        });

    [Fact]
    public void However_a_command_is_continued_it_is_the_same()
        => Gen.Select(Gen.String[Gen.Char["abc"], 1, 5].Array[2, 6], Gen.Int[0, 2].Array[6]).Sample(static (words, breaks) =>
        {
            string whole = string.Concat(words.Select((word, i) => (i == 0 ? "" : new[] { " ", " \\\n", " \\\n# c\n" }[breaks[i % breaks.Length]]) + word));
            return Assert.IsType<RunStep>(Assert.Single(Steps("RUN " + whole))).Command == string.Join(' ', words);
        });

    private static (string From, IReadOnlyList<ImageStep> Steps) Parse(string text)
    {
        (string from, IReadOnlyList<ImagePart> parts) = DockerfileParser.Parse("Dockerfile", text, new Dictionary<string, string>());
        return (from, [.. parts.OfType<StepPart>().Select(static part => part.Step)]);
    }

    private static IReadOnlyList<ImageStep> Steps(string text) => Parse("FROM x\n" + text).Steps;
}
