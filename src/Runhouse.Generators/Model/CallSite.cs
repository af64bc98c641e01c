namespace Runhouse.Generators.Model;

/// <summary>A plain call of a remote function.</summary>
/// <param name="LocationVersion">The version of the location's encoding, as the compiler gives it.</param>
/// <param name="LocationData">The location, as the compiler encodes it.</param>
/// <param name="Function">What is called.</param>
internal sealed record CallSite(int LocationVersion, string LocationData, InterceptedFunction Function);

/// <summary>A remote function as its interceptor repeats it: the signature is copied exactly.</summary>
/// <param name="ReturnType">Its return type as code.</param>
/// <param name="Parameters">Its parameters as code, with their types.</param>
/// <param name="Local">The call of the function itself.</param>
/// <param name="Remote">The call of the explicit entry point; of a synchronous function, waiting for its end.</param>
/// <param name="Needs">What it needs: an expression of type <c>Resources</c>.</param>
internal sealed record InterceptedFunction(string ReturnType, string Parameters, string Local, string Remote, string Needs);
