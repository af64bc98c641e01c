namespace Runhouse.Generators.Diagnostics;

/// <summary>Where each rule has a page that shows a violation and its fix.</summary>
internal static class HelpPages
{
    public const string Root = "https://github.com/runhouse-dotnet/runhouse/blob/main/docs/rules/";
}
