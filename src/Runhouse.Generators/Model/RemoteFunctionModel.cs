namespace Runhouse.Generators.Model;

/// <summary>A remote function, as the pipeline of call sites needs it.</summary>
/// <param name="ContainingType">Its type as code, fully qualified.</param>
/// <param name="Member">The function: name, parameters with defaults, return kind, needs.</param>
/// <param name="EntryPoint">The explicit entry point as code, <c>global::App.JobsRemoteEntry.PreprocessAsync</c>: it takes the
/// function's parameters except <c>[FromServices]</c> ones, and a trailing token if the function declares none.</param>
internal sealed record RemoteFunctionModel(string ContainingType, RemoteMemberModel Member, string EntryPoint);
