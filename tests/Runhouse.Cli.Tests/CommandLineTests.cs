using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Runhouse.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("dwn")]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("tunnel", "local", "x")]
    [InlineData("tunnel", "local", "0")]
    [InlineData("tunnel", "local", "80:70000")]
    [InlineData("keep-warm", "local", "3")]
    [InlineData("keep-warm", "local", "-3m")]
    [InlineData("up", "box", "--autostop", "soon")]
    [InlineData("up", "a b", "--ssh", "ada@box")]
    [InlineData("up", "box", "--ssh", "ada@box", "--open-port", "70000")]
    [InlineData("up", "box", "--ssh", "ada@box", "--open-port", "ssh")]
    [InlineData("host")]
    [InlineData("completion", "tcsh")]
    public async Task A_wrong_command_line_is_one_line_that_says_what_to_do(params string[] arguments)
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync(arguments);
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("error: There is no command 'runhouse stauts'. Did you mean 'status'? 'runhouse --help' shows what there is.", "stauts")]
    [InlineData("error: There is no command 'runhouse frobnicate'. 'runhouse --help' shows what there is.", "frobnicate")]
    [InlineData("error: There is no command 'runhouse catalog shwo'. Did you mean 'show'? 'runhouse catalog --help' shows what there is.", "catalog", "shwo")]
    [InlineData("error: '--cpu' is no option of 'runhouse up'. Did you mean '--cpus'? 'runhouse up --help' shows what there is.", "up", "box", "--cpu", "4")]
    [InlineData("error: 'b' is more than 'runhouse call' takes. 'runhouse call --help' shows what there is.", "call", "a", "b")]
    [InlineData("error: --count takes a whole number, and 'two' is none. 'runhouse up --help' shows what there is.", "up", "box", "--count", "two")]
    [InlineData("error: --host takes a whole number, and '1.5' is none. 'runhouse logs --help' shows what there is.", "logs", "local", "--host", "1.5")]
    [InlineData("error: --hours takes a number, such as 2.5, and 'x' is none. 'runhouse cost --help' shows what there is.", "cost", "A100", "--hours", "x")]
    public async Task What_a_command_line_gets_wrong_is_named_with_what_was_likely_meant(string expected, params string[] arguments)
    {
        (int exitCode, _, string error) = await CommandLine.RunAsync(arguments);
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.Equal(expected, error.TrimEnd('\n'));
    }

    [Fact]
    public async Task Nothing_said_shows_what_there_is()
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync();
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("Commands:", output, StringComparison.Ordinal);
        Assert.Contains("  down <cluster>", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Fact]
    public async Task Taking_all_down_where_there_is_nothing_says_so()
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync("down", "--all");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Empty(output);
        Assert.Equal("No cluster is saved: nothing to take down.\n", error);
    }

    [Theory]
    [Acceptance(46)]
    [InlineData(ExitCodes.NotFound, "status", "nosuch", "--json")]
    [InlineData(ExitCodes.Usage, "--json", "dwn")]
    [InlineData(ExitCodes.Usage, "--json", "cost", "A100", "--hours", "x")]
    [InlineData(ExitCodes.Success, "down", "nosuch", "--json")]
    [InlineData(ExitCodes.Success, "list", "--json")]
    [InlineData(ExitCodes.NotFound, "host", "rotate", "nosuch", "--json")]
    [InlineData(ExitCodes.NotFound, "put", "local", "nosuch", "there", "--json")]
    [InlineData(ExitCodes.NotFound, "watch", "nosuch", "--json")]
    [InlineData(ExitCodes.NotFound, "secrets", "delete", "nosuch", "--json")]
    [InlineData(ExitCodes.NotFound, "objects", "delete", "local", "nosuch", "--json")]
    [InlineData(ExitCodes.NotFound, "result", "0123456789abcdef", "--json")]
    [InlineData(ExitCodes.Success, "host", "show", "local", "--json")]
    public async Task Json_is_all_that_standard_output_has(int expected, params string[] arguments)
    {
        (int exitCode, string output, _) = await CommandLine.RunAsync(arguments);
        Assert.Equal(expected, exitCode);
        JsonElement json = JsonDocument.Parse(output).RootElement;
        if (expected != ExitCodes.Success)
            Assert.NotEmpty(json.GetProperty("error").GetProperty("message").GetString()!);
    }

    [Fact]
    [Acceptance(29)]
    public async Task Taking_down_what_does_not_exist_says_so_and_is_no_error()
    {
        (int exitCode, string output, _) = await CommandLine.RunAsync("down", "nosuch");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Equal("There is no cluster 'nosuch' that is up: nothing to take down.\n", output);
    }

    [Fact]
    public async Task One_damaged_cluster_and_one_out_of_reach_are_told_and_stand_in_the_way_of_no_other()
    {
        string folder = Directory.CreateDirectory(Path.Combine(HomeOfTests.Path, "clusters")).FullName;
        string[] files = [Path.Combine(folder, "a-bad.json"), Path.Combine(folder, "b-far.json"), Path.Combine(folder, "c-bad.json")];
        try
        {
            await File.WriteAllTextAsync(files[0], "{", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(files[1], """{"name":"b-far","provider":"ssh","hosts":["ada@127.0.0.1:1"]}""", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(files[2], "", TestContext.Current.CancellationToken);

            (int exitCode, string output, string error) = await CommandLine.RunAsync("list");
            Assert.Equal(ExitCodes.Failed, exitCode);
            Assert.Contains("ada@127.0.0.1:1", output, StringComparison.Ordinal);
            Assert.Contains(files[0], error, StringComparison.Ordinal);

            (exitCode, output, error) = await CommandLine.RunAsync("down", "--all");
            Assert.Equal(ExitCodes.Failed, exitCode);
            Assert.Empty(output);
            Assert.Equal(["a-bad", "b-far", "c-bad"], error.TrimEnd('\n').Split('\n').Where(static line => line.StartsWith("error: ", StringComparison.Ordinal)).Select(static line => line.Split(' ')[1]));

            (exitCode, output, _) = await CommandLine.RunAsync("down", "nosuch");
            Assert.Equal(ExitCodes.Success, exitCode);
            Assert.StartsWith("There is no cluster 'nosuch'", output, StringComparison.Ordinal);

            (exitCode, output, _) = await CommandLine.RunAsync("down", "b-far", "--forget");
            Assert.Equal((ExitCodes.Success, "b-far is forgotten.\n", false), (exitCode, output, File.Exists(files[1])));
            (exitCode, output, _) = await CommandLine.RunAsync("down", "b-far", "--forget");
            Assert.Equal((ExitCodes.Success, "There is no cluster 'b-far' on the list.\n"), (exitCode, output));
        }
        finally
        {
            foreach (string file in files)
                File.Delete(file);
        }
    }

    [Fact]
    public async Task A_port_goes_with_an_address_of_version_6_that_has_no_brackets()
    {
        using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
        listener.Start();
        Task<TcpClient> asked = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        Task<(int ExitCode, string Output, string Error)> trusting = CommandLine.RunAsync("trust", "::1", "--port", $"{((IPEndPoint)listener.LocalEndpoint).Port}");
        using (await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))
            listener.Stop();
        Assert.NotEqual(ExitCodes.Success, (await trusting).ExitCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Cluster.DefaultOpenPort, "--open-port")]
    [InlineData(0, "--open-port", "0")]
    [InlineData(8443, "--open-port", "8443")]
    public void A_port_to_open_has_a_usual_number(int? expected, params string[] option)
    {
        ParseResult parsed = CommandTree.Create(CommandLine.Terminal()).Parse(["up", "box", .. option, "--ssh", "ada@box"]);
        Assert.Empty(parsed.Errors);
        Assert.Equal(expected, parsed.GetValue<int?>("--open-port"));
    }

    [Fact]
    public async Task Help_names_every_command_and_is_on_standard_output()
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync("--help");
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Empty(error);
        foreach (string command in (ReadOnlySpan<string>)["up <cluster>", "down <cluster>", "list", "status <cluster>", "tunnel <cluster> <ports>"])
            Assert.Contains($"  {command}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("docs", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("powershell")]
    public async Task A_script_that_completes_asks_the_command_itself(string shell)
    {
        (int exitCode, string output, _) = await CommandLine.RunAsync("completion", shell);
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_are_completed()
    {
        (_, string output, _) = await CommandLine.RunAsync("[suggest:11]", "runhouse st");
        Assert.Contains("status", output.Split('\n'));
    }

    [Fact]
    public async Task The_page_about_the_commands_is_what_they_are()
    {
        (_, string output, _) = await CommandLine.RunAsync("docs");
        string path = Path.Combine(Repository.Root, "docs", "cli.md");
        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken) == output,
            "docs/cli.md is not what the commands are. Run: dotnet run --project src/Runhouse.Cli -- docs > docs/cli.md");
    }
}
