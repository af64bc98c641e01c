using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>Addresses, processes, requests, time and culture of the worker: RH0130 to RH0133, RH0142, RH0143, RH0150 and RH0151.</summary>
public sealed class PortabilityHostTests
{
    private const string Stubs = """
        public sealed class SqlConnection(string connectionString) { public string Text => connectionString; }
        public sealed class Options { public string Host { get; set; } = ""; }

        namespace System.Windows { public static class MessageBox { public static void Show(string text) { } } public sealed class Window { public void ShowDialog() { } } }
        namespace System.Windows.Input { public interface ICommand { void Execute(); } }
        namespace Avalonia.Controls { public class Button { public string Text { get; set; } = ""; } }
        namespace Microsoft.Maui.Graphics { public class Canvas { public void Draw() { } } }
        namespace Microsoft.AspNetCore.Http
        {
            public class HttpContext { public string User { get; } = ""; }
            public interface IHttpContextAccessor { HttpContext? HttpContext { get; } }
        }
        namespace Microsoft.JSInterop { public interface IJSRuntime { void Invoke(string name); } }
        """;

    [Theory]
    [InlineData("_ = new Uri({|RH0130:\"http://localhost:5000/a\"|});")]
    [InlineData("_ = new HttpClient().GetAsync({|RH0130:\"https://127.0.0.1/a\"|});")]
    [InlineData("_ = new System.Net.Sockets.TcpClient({|RH0130:\"localhost\"|}, 80);")]
    [InlineData("_ = new HttpClient().GetStringAsync({|RH0130:$\"http://[::1]:{name.Length}/\"|});")]
    [InlineData("_ = new SqlConnection({|RH0130:\"Server=localhost;Database=a\"|});")]
    [InlineData("_ = new SqlConnection({|RH0130:\"Database=a; Data Source=tcp:127.0.0.1,1433\"|});")]
    [InlineData("_ = new SqlConnection({|RH0130:\"Host=LOCALHOST:5432\"|});")]
    [InlineData("_ = new Options { Host = {|RH0130:\"localhost\"|} };")]
    [InlineData("new System.Net.Sockets.TcpClient().Connect({|RH0130:System.Net.IPAddress.Loopback|}, 80);")]
    [InlineData("_ = Uri.TryCreate({|RH0130:\"amqp://guest:guest@localhost:5672\"|}, UriKind.Absolute, out _);")]
    [InlineData("{|RH0131:Environment.Exit(1)|};")]
    [InlineData("{|RH0131:Environment.FailFast(\"a\")|};")]
    [InlineData("{|RH0131:System.Diagnostics.Process.GetCurrentProcess().Kill()|};")]
    [InlineData("using var me = System.Diagnostics.Process.GetCurrentProcess(); {|RH0131:me.CloseMainWindow()|};")]
    [InlineData("{|RH0132:System.Diagnostics.Debugger.Launch()|};")]
    [InlineData("if (name == \"a\") {|RH0132:System.Diagnostics.Debugger.Break()|};")]
    [InlineData("Action stop = {|RH0132:System.Diagnostics.Debugger.Break|};")]
    [InlineData("System.Diagnostics.Process.Start({|RH0133:\"ffmpeg\"|}, \"-i a\");")]
    [InlineData("_ = new System.Diagnostics.ProcessStartInfo({|RH0133:\"/usr/bin/git\"|}, \"pull\");")]
    [InlineData("_ = new System.Diagnostics.ProcessStartInfo { FileName = {|RH0133:\"nvidia-smi\"|} };")]
    public Task Addresses_and_processes_of_the_worker_are_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("_ = new Uri(\"http://example.org/localhost\");")]
    [InlineData("_ = name == \"localhost\" || name.Contains(\"http://localhost\") || name is \"127.0.0.1\";")]
    [InlineData("_ = new Uri(\"http://localhost.example.org\"); _ = new Uri(\"http://127.0.0.10/\");")]
    [InlineData("new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0).Start();")]
    [InlineData("new System.Net.HttpListener().Prefixes.Add(\"http://localhost:5000/\");")]
    [InlineData("_ = new SqlConnection(\"Server=db.example.org;Application Name=localhost\");")]
    [InlineData("Console.WriteLine(\"http://localhost:5000\");")]
    [InlineData("_ = Environment.ExitCode; _ = Environment.ProcessId;")]
    [InlineData("System.Diagnostics.Process.GetProcessById(3).Kill();")]
    [InlineData("_ = System.Diagnostics.Process.GetCurrentProcess().Id;")]
    [InlineData("_ = System.Diagnostics.Debugger.IsAttached;")]
    [InlineData("System.Diagnostics.Debugger.Log(1, null, \"a\");")]
    [InlineData("System.Diagnostics.Debug.Assert(name.Length > 0);")]
    [InlineData("System.Diagnostics.Process.Start(\"/bin/sh\", \"-c true\");")]
    [InlineData("System.Diagnostics.Process.Start(name); System.Diagnostics.Process.Start(\"./tool\");")]
    [InlineData("_ = new System.Diagnostics.ProcessStartInfo(System.IO.Path.Combine(AppContext.BaseDirectory, \"tool\"), \"ffmpeg\");")]
    public Task Other_addresses_and_processes_are_not(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("{|RH0142:System.Windows.MessageBox.Show(\"a\")|};")]
    [InlineData("var window = {|RH0142:new System.Windows.Window()|}; window.ShowDialog();")]
    [InlineData("_ = {|RH0142:new Avalonia.Controls.Button { Text = \"a\" }|};")]
    [InlineData("_ = {|RH0143:Accessor.HttpContext|};")]
    [InlineData("{|RH0143:Script.Invoke(\"a\")|};")]
    [InlineData("_ = {|RH0143:System.Security.Claims.ClaimsPrincipal.Current|}; _ = {|RH0143:Thread.CurrentPrincipal|};")]
    [InlineData("_ = {|RH0150:DateTime.Now|};")]
    [InlineData("_ = {|RH0150:DateTimeOffset.Now|}.Hour + {|RH0150:DateTime.Today|}.Day;")]
    [InlineData("_ = {|RH0150:TimeZoneInfo.Local|}.Id; _ = {|RH0150:TimeProvider.System.GetLocalNow()|};")]
    [InlineData("_ = {|RH0151:System.Globalization.CultureInfo.CurrentCulture|};")]
    [InlineData("_ = 1.ToString({|RH0151:System.Globalization.CultureInfo.CurrentUICulture|});")]
    [InlineData("_ = {|RH0151:System.Globalization.RegionInfo.CurrentRegion|}.Name;")]
    public Task Screens_requests_time_and_culture_are_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("System.Windows.Input.ICommand? command = null; command?.Execute();")]
    [InlineData("new Microsoft.Maui.Graphics.Canvas().Draw();")]
    [InlineData("_ = nameof(System.Windows.MessageBox);")]
    [InlineData("static string Serve(Microsoft.AspNetCore.Http.HttpContext context) => context.User; _ = (Func<Microsoft.AspNetCore.Http.HttpContext, string>)Serve;")]
    [InlineData("_ = nameof(Microsoft.AspNetCore.Http.IHttpContextAccessor.HttpContext);")]
    [InlineData("_ = Accessor.ToString();")]
    [InlineData("_ = DateTime.UtcNow; _ = DateTimeOffset.UtcNow; _ = DateTime.MinValue;")]
    [InlineData("_ = TimeProvider.System.GetUtcNow(); _ = TimeZoneInfo.Utc;")]
    [InlineData("_ = nameof(DateTime.Now) + TimeZoneInfo.FindSystemTimeZoneById(\"Europe/Berlin\");")]
    [InlineData("_ = System.Globalization.CultureInfo.InvariantCulture;")]
    [InlineData("System.Globalization.CultureInfo.CurrentCulture = System.Globalization.CultureInfo.InvariantCulture;")]
    [InlineData("_ = new System.Globalization.CultureInfo(\"de-DE\");")]
    public Task What_needs_no_screen_request_or_place_is_not(string statement) => CheckAsync(statement);

    [Fact]
    public Task A_request_kept_in_a_remote_object_is_reported()
        => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
            "[Remote] public class Who { private Microsoft.AspNetCore.Http.HttpContext? _context = null; public Task<string> NameAsync() => Task.FromResult({|RH0143:_context!.User|}); }",
            static test => test.TestState.Sources.Add(("/src/Stubs.cs", Stubs)));

    private static Task CheckAsync(string statement) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
        $$"""
        using System.Net.Http;

        public static class Work
        {
            private static readonly Microsoft.AspNetCore.Http.IHttpContextAccessor Accessor = null!;
            private static readonly Microsoft.JSInterop.IJSRuntime Script = null!;

            [Remote]
            public static Task RunAsync(string name)
            {
                {{statement}}
                return Task.CompletedTask;
            }
        }
        """,
        static test => test.TestState.Sources.Add(("/src/Stubs.cs", Stubs)));
}
