namespace Runhouse.Runtime.Tests.Catalogue;

public sealed class SeedTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public void The_embedded_catalogue_is_what_the_price_lists_make()
    {
        string made = SeedLists.Write(Path.Combine(Root, "tests", "Runhouse.Runtime.Tests", "Catalogue", "Lists"));
        string path = Path.Combine(Root, "src", "Runhouse.Runtime", "Catalogue", "catalogue.csv");
        if (Environment.GetEnvironmentVariable("RUNHOUSE_WRITE_CATALOGUE") == "true")
            File.WriteAllText(path, made);
        Assert.Equal(File.ReadAllText(path), made);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Runhouse.sln is in none of the folders above the tests.");
    }
}
