using Runhouse.Generators.Analyzers.Portability;
using Runhouse.Generators.Tests.Infrastructure;
using DiagnosticResult = Microsoft.CodeAnalysis.Testing.DiagnosticResult;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>What comes from the environment or from a person: RH0110 to RH0113.</summary>
public sealed class PortabilityInputTests
{
    private const string Read = "Environment.GetEnvironmentVariable(\"API_KEY\")";

    [Theory]
    [InlineData("public class W { [Remote] public static Task A() { _ = {|RH0110:" + Read + "|}; return null!; } }")]
    [InlineData("[Remote] public class W { string? _key = {|RH0110:" + Read + "|}; public Task A() => null!; }")]
    [InlineData("[Remote] public class W { const string Key = \"API_KEY\"; public Task A() { _ = {|RH0110:Environment.GetEnvironmentVariable(Key, EnvironmentVariableTarget.User)|}; return null!; } }")]
    [InlineData("[Remote, RemoteEnvironment(\"OTHER\")] public class W { public Task A() { _ = {|RH0110:" + Read + "|}; return null!; } }")]
    [InlineData("[Remote] public class W { [RemoteEnvironment(\"API_KEY\")] public Task A() => null!; public Task B() { _ = {|RH0110:" + Read + "|}; return null!; } }")]
    [InlineData("""
        static class Keys { public static string? Api => {|RH0110:Environment.GetEnvironmentVariable("API_KEY")|}; }
        public class W
        {
            [Remote, RemoteEnvironment("API_KEY")] public static Task A(string a) { _ = Keys.Api; return null!; }
            [Remote] public static Task B(string a) { _ = Keys.Api; return null!; }
        }
        """)]
    public Task An_undeclared_variable_is_reported(string source) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(source);

    [Theory]
    [InlineData("public class W { [Remote, RemoteEnvironment(\"API_KEY\")] public static Task A() { _ = " + Read + "; return null!; } }")]
    [InlineData("[Remote, RemoteEnvironment(\"OTHER\", \"API_KEY\")] public class W { string? _key = " + Read + "; public Task A() => null!; }")]
    [InlineData("[assembly: RemoteEnvironment(\"OTHER\")] [assembly: RemoteEnvironment(\"API_KEY\")] [Remote] public class W { public Task A() { _ = " + Read + "; return null!; } }")]
    [InlineData("[RemoteEnvironment(\"API_KEY\")] static class Keys { public static string? Api => " + Read + "; } [Remote] public class W { public Task A() { _ = Keys.Api; return null!; } }")]
    [InlineData("static class Keys { public static string? Api => " + Read + "; } [Remote, RemoteEnvironment(\"API_KEY\")] public class W { public Task A() { _ = Keys.Api; return null!; } }")]
    [InlineData("public class W { static string? Key => " + Read + "; [Remote] public static Task A() => null!; public static string? B() => Key; }")]
    [InlineData("public class W { [Remote] public static Task A(string name) { _ = Environment.GetEnvironmentVariable(name); return null!; } }")]
    [InlineData("public class W { [Remote] public static Task A() { _ = Environment.GetEnvironmentVariable(\"CUDA_VISIBLE_DEVICES\") + Environment.GetEnvironmentVariable(\"PATH\"); return null!; } }")]
    public Task A_declared_one_and_one_of_the_caller_are_not(string source) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(source);

    [Fact]
    public Task The_message_names_the_member_that_does_not_declare_it()
        => AnalyzerTest<PortabilityAnalyzer>.RunAsync(
            """
            static class Keys { public static string? Api => {|#0:Environment.GetEnvironmentVariable("API_KEY")|}; }
            public class W
            {
                [Remote, RemoteEnvironment("API_KEY")] public static Task A(string a) { _ = Keys.Api; return null!; }
                [Remote] public static Task {|#1:B|}(string a) { _ = Keys.Api; return null!; }
            }
            """,
            static test => test.ExpectedDiagnostics.Add(DiagnosticResult.CompilerWarning("RH0110").WithLocation(0).WithLocation(1)
                .WithArguments("API_KEY", ", reached from 'W.B' by 'Keys.Api'", "")));

    [Theory]
    [InlineData("_ = {|RH0111:Console.ReadKey()|};")]
    [InlineData("_ = {|RH0111:Console.ReadKey(true)|}.Key;")]
    [InlineData("while (!{|RH0111:Console.KeyAvailable|}) { }")]
    [InlineData("_ = {|RH0112:Console.ReadLine()|};")]
    [InlineData("_ = {|RH0112:Console.Read()|};")]
    [InlineData("_ = {|RH0112:Console.In|}.ReadToEnd();")]
    [InlineData("using Stream input = {|RH0112:Console.OpenStandardInput()|};")]
    public Task Input_of_a_person_is_reported(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("Console.WriteLine(\"a\"); Console.Write(1);")]
    [InlineData("Console.Error.WriteLine(\"a\"); Console.Out.Flush();")]
    [InlineData("_ = nameof(Console.ReadKey) + nameof(Console.In);")]
    [InlineData("using var reader = new StringReader(\"a\"); _ = reader.ReadLine() + reader.Read();")]
    [InlineData("_ = Console.IsInputRedirected;")]
    [InlineData("using Stream output = Console.OpenStandardOutput();")]
    public Task Output_and_other_readers_are_not(string statement) => CheckAsync(statement);

    [Theory]
    [InlineData("{|RH0113:builder.AddUserSecrets(\"a\")|};")]
    [InlineData("{|RH0113:builder.AddUserSecrets<W>()|};")]
    [InlineData("Add(builder); static void Add(Builder b) => {|RH0113:b.AddUserSecrets(\"id\")|};")]
    public Task User_secrets_are_reported(string statement) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(Secrets(statement, "[Remote] "));

    [Theory]
    [InlineData("builder.AddUserSecrets(\"a\");", "")]
    [InlineData("builder.AddJsonFile(\"a\");", "[Remote] ")]
    [InlineData("_ = nameof(Microsoft.Extensions.Configuration.UserSecretsConfigurationExtensions.AddUserSecrets);", "[Remote] ")]
    public Task Other_configuration_is_not(string statement, string attribute) => AnalyzerTest<PortabilityAnalyzer>.RunAsync(Secrets(statement, attribute));

    private static string Secrets(string statement, string attribute) => $$"""
        using Microsoft.Extensions.Configuration;

        public class W
        {
            {{attribute}}public static Task A() { var builder = new Builder(); {{statement}} return null!; }
        }

        public sealed class Builder { public void AddJsonFile(string a) { } }

        namespace Microsoft.Extensions.Configuration
        {
            public static class UserSecretsConfigurationExtensions
            {
                public static void AddUserSecrets(this Builder builder, string id) { }
                public static void AddUserSecrets<T>(this Builder builder) { }
            }
        }
        """;

    private static Task CheckAsync(string statement) => AnalyzerTest<PortabilityAnalyzer>.RunAsync($$"""
        public class W { [Remote] public static Task A() { {{statement}} return null!; } }
        """);
}
