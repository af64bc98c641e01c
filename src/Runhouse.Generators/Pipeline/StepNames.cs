namespace Runhouse.Generators.Pipeline;

/// <summary>The names of the tracked steps. Tests assert on them: an edit elsewhere must leave them cached.</summary>
internal static class StepNames
{
    /// <summary>What outputs know of the compilation.</summary>
    public const string Compilation = "Runhouse.Compilation";

    /// <summary>The remote code of the compilation.</summary>
    public const string Declarations = "Runhouse.Declarations";

    /// <summary>Types with remote members, classes and functions together, each with its own name in the output.</summary>
    public const string Types = "Runhouse.Types";

    /// <summary>The assembly's contract.</summary>
    public const string Contract = "Runhouse.Contract";

    /// <summary>The providers of machines that the references bring.</summary>
    public const string Providers = "Runhouse.Providers";

    /// <summary>The assembly's distinct shapes.</summary>
    public const string Shapes = "Runhouse.Shapes";

    /// <summary>What is reported.</summary>
    public const string Diagnostics = "Runhouse.Diagnostics";

    /// <summary>The names of remote functions, of this assembly and of those it references.</summary>
    public const string FunctionNames = "Runhouse.FunctionNames";

    /// <summary>The invocations that have one of those names; not bound yet.</summary>
    public const string Invocations = "Runhouse.Invocations";

    /// <summary>The plain calls of remote functions.</summary>
    public const string CallSites = "Runhouse.CallSites";
}
