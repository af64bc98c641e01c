namespace Runhouse.Packages;

/// <summary>A package that lacks something, or a build without the host's programs, is an error and no surprise.</summary>
public sealed class PackingTests(PackageFeed feed)
{
    [Fact]
    public async Task A_package_that_would_not_bring_the_hosts_programs_along_is_an_error()
    {
        // As a build of the project does it that comes between the restore of a pack and the writing of the package.
        (await feed.RunAsync("restore", "Runtime")).Succeeds();
        string folder = Path.Combine(feed.NewConsumer().Folder, "feed");

        CommandResult packed = await feed.RunAsync("pack", "Runtime", "-c", "Release", "-o", folder, "--no-restore");

        Assert.NotEqual(0, packed.ExitCode);
        Assert.Contains("would not depend on Runhouse.Host", packed.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.nupkg").Any());
    }

    [Fact]
    public async Task A_program_without_the_hosts_programs_is_an_error_and_none_of_its_own_files_are_taken_for_them()
    {
        Consumer consumer = feed.NewConsumer().WriteProject("App.csproj").Write("Program.cs", "Console.WriteLine();").Write("data/secret.txt", "1");

        CommandResult built = await consumer.DotnetAsync("build", "-p:RunhouseHostDirectory=");

        Assert.NotEqual(0, built.ExitCode);
        Assert.Contains("The programs of the host are not in RunhouseHostDirectory ('')", built.Output, StringComparison.Ordinal);
        Assert.Contains("RunhouseIncludeHost", built.Output, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(consumer.Folder, "data", "secret.txt")], Directory.EnumerateFiles(consumer.Folder, "secret.txt", SearchOption.AllDirectories));

        // Who starts no host here needs none.
        (await consumer.DotnetAsync("build", "-p:RunhouseHostDirectory=", "-p:RunhouseIncludeHost=false", "-warnaserror")).Succeeds();
    }
}
