using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Files, folders and names of one machine: RH0100 to RH0105.</summary>
public sealed class PortabilityPlacesTests
{
    private const string Fields = """
        private const string Home = "/home/ann/data";
        private static readonly string Drive = @"C:\data";
        private static string Shipped { get; } = "data/words.txt";
        private static string Mac { get; } = "/Users/ann/models";
        private static string Join(string first) => first;
        private static string Load(string modelPath) => modelPath;
        """;

    [Theory]
    [InlineData("File.ReadAllText({|RH0100:@\"C:\\data\\words.txt\"|});")]
    [InlineData("File.ReadAllText({|RH0100:\"/home/ann/words.txt\"|});")]
    [InlineData("_ = new FileStream({|RH0100:\"~/words.txt\"|}, FileMode.Open);")]
    [InlineData("_ = Path.Combine({|RH0100:\"/Users/ann\"|}, name);")]
    [InlineData("_ = Path.Combine({|RH0100:\"d:/a\"|}, \"b\", \"c\", name, \"e\");")]
    [InlineData("_ = new DirectoryInfo({|RH0100:$\"/home/{name}/data\"|});")]
    [InlineData("_ = new StreamReader({|RH0100:@\"\\\\server\\share\\\" + name|});")]
    [InlineData("string path = \"/home/ann/a\"; _ = File.Exists({|RH0100:path|});")]
    [InlineData("_ = File.Exists({|RH0100:Home|});")]
    [InlineData("_ = File.Exists({|RH0100:Drive|});")]
    [InlineData("_ = File.Exists({|RH0100:Mac|});")]
    [InlineData("File.Copy(name, {|RH0100:@\"C:\\b\"|});")]
    [InlineData("Load({|RH0100:@\"C:\\models\\a.bin\"|});")]
    [InlineData("_ = new System.Diagnostics.ProcessStartInfo(name) { WorkingDirectory = {|RH0100:\"/home/ann/work\"|} };")]
    public Task A_path_of_one_machine_is_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("File.ReadAllText(Path.Combine(AppContext.BaseDirectory, \"words.txt\"));")]
    [InlineData("File.ReadAllText(\"data/words.txt\");")]
    [InlineData("File.ReadAllText(Shipped);")]
    [InlineData("File.ReadAllText(name);")]
    [InlineData("File.WriteAllText(\"/tmp/words.txt\", \"/home/ann\");")]
    [InlineData("_ = File.ReadAllText(\"/proc/meminfo\") + File.ReadAllText(\"/dev/shm/a\");")]
    [InlineData("_ = name.StartsWith(\"/home/\") || name.Contains(@\"C:\\\");")]
    [InlineData("var links = new[] { \"/home/pricing\", \"/Users/me/profile\" };")]
    [InlineData("Console.WriteLine(\"/home/ann/words.txt\");")]
    [InlineData("Join(@\"C:\\data\");")]
    [InlineData("_ = new Uri(\"https://example.org/home/ann/words.txt\");")]
    [InlineData("string path = \"/home/ann/a\"; path = name; _ = File.Exists(path);")]
    public Task Other_paths_and_texts_are_not(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("_ = {|RH0101:Environment.MachineName|};")]
    [InlineData("Console.WriteLine($\"{{|RH0101:Environment.UserName|}}\");")]
    [InlineData("_ = {|RH0101:Environment.UserDomainName|}.Length;")]
    [InlineData("_ = {|RH0101:System.Net.Dns.GetHostName()|};")]
    [InlineData("{|RH0102:Environment.CurrentDirectory|} = name;")]
    [InlineData("{|RH0102:Environment.CurrentDirectory|} = AppContext.BaseDirectory;")]
    [InlineData("{|RH0102:Directory.SetCurrentDirectory(name)|};")]
    [InlineData("_ = {|RH0103:Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments)|};")]
    [InlineData("_ = Path.Combine({|RH0103:Environment.GetFolderPath(Environment.SpecialFolder.Desktop, Environment.SpecialFolderOption.Create)|}, name);")]
    [InlineData("Func<Environment.SpecialFolder, string> f = {|RH0103:Environment.GetFolderPath|};")]
    [InlineData("_ = {|RH0104:typeof(Work).Assembly.Location|};")]
    [InlineData("_ = Path.GetDirectoryName({|RH0104:System.Reflection.Assembly.GetExecutingAssembly().Location|});")]
    [InlineData("var all = AppDomain.CurrentDomain.GetAssemblies().Select(one => {|RH0104:one.Location|});")]
    [InlineData("_ = {|RH0105:Environment.ProcessPath|};")]
    [InlineData("_ = {|RH0105:Environment.GetCommandLineArgs()|}.Length;")]
    [InlineData("_ = {|RH0105:System.Reflection.Assembly.GetEntryAssembly()|};")]
    [InlineData("_ = {|RH0105:System.Diagnostics.Process.GetCurrentProcess().MainModule|};")]
    [InlineData("using var me = System.Diagnostics.Process.GetCurrentProcess(); _ = {|RH0105:me.MainModule|};")]
    public Task Names_and_folders_of_the_worker_are_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("_ = Environment.ProcessorCount + Environment.ProcessId + Environment.NewLine;")]
    [InlineData("_ = nameof(Environment.MachineName) + nameof(Environment.UserName);")]
    [InlineData("_ = new Uri(\"https://ann@example.org\").UserInfo + new Account(\"a\").UserName;")]
    [InlineData("_ = Environment.CurrentDirectory;")]
    [InlineData("_ = Directory.GetCurrentDirectory() + Path.GetFullPath(\"a\");")]
    [InlineData("_ = new System.Diagnostics.ProcessStartInfo(name) { WorkingDirectory = AppContext.BaseDirectory };")]
    [InlineData("_ = Path.GetTempPath() + Path.GetTempFileName();")]
    [InlineData("_ = AppContext.BaseDirectory;")]
    [InlineData("_ = nameof(Environment.GetFolderPath) + Environment.SystemDirectory;")]
    [InlineData("_ = typeof(Work).Assembly.GetName().Name;")]
    [InlineData("_ = typeof(Work).Assembly.GetManifestResourceStream(\"a\");")]
    [InlineData("_ = System.Reflection.Assembly.GetExecutingAssembly().FullName;")]
    [InlineData("_ = System.Diagnostics.Process.GetProcessById(1).MainModule;")]
    [InlineData("_ = AppDomain.CurrentDomain.BaseDirectory;")]
    [InlineData("_ = System.Diagnostics.Process.GetCurrentProcess().WorkingSet64;")]
    public Task What_is_the_same_or_meant_there_is_not(string statement) => CheckAsync(statement);

    private static Task CheckAsync(string statement) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($$"""
        public sealed record Account(string UserName);

        public static class Work
        {
        {{Fields}}
            [Remote]
            public static Task RunAsync(string name)
            {
                {{statement}}
                return Task.CompletedTask;
            }
        }
        """);
}
