using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Emit;
using Runhouse.Protocol.Control;

namespace Runhouse.Cli.Watching;

/// <summary>What a deployed assembly was compiled from, and all differences to it so far: makes the next one.</summary>
internal sealed class HotReload
{
    private readonly EmitBaseline _baseline;
    private readonly Guid _module;
    private readonly int _patches;

    private HotReload(ProjectCode code, EmitBaseline baseline, Guid module, int patches) => (Code, _baseline, _module, _patches) = (code, baseline, module, patches);

    /// <summary>The code that runs.</summary>
    public ProjectCode Code { get; }

    /// <summary>Begins at an assembly.</summary>
    /// <param name="code">What it was compiled from.</param>
    /// <param name="assembly">Its path.</param>
    public static HotReload Begin(ProjectCode code, string assembly)
    {
        ImmutableArray<byte> image = [.. File.ReadAllBytes(assembly)];
        var module = ModuleMetadata.CreateFromImage(image);
        var reader = new PEReader(image);
        MetadataReader metadata = reader.GetMetadataReader();

        // Bodies are compiled as if they were new, without regard to the variables of the former ones: nothing that runs is moved from one to the other.
        var baseline = EmitBaseline.CreateInitialBaseline(
            code.Whole, module, static _ => default, method => SignatureOf(reader, metadata, method), hasPortableDebugInformation: true);
        return new HotReload(code, baseline, module.GetModuleVersionId(), 0);
    }

    /// <summary>Makes the difference to another state of the code.</summary>
    /// <param name="code">The state.</param>
    /// <param name="edits">The methods whose bodies are different.</param>
    /// <param name="problem">Why there is none; null when there is.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The patch, null where nothing is to be done; and what the next difference is made to once it has been applied.</returns>
    public (CodePatch? Patch, HotReload Next) Emit(ProjectCode code, IReadOnlyList<SemanticEdit> edits, out string? problem, CancellationToken cancellationToken)
    {
        problem = null;
        if (edits.Count == 0)
            return (null, new HotReload(code, _baseline, _module, _patches));
        using MemoryStream metadata = new(), intermediateLanguage = new(), symbols = new();
        EmitDifferenceResult result = code.Whole.EmitDifference(_baseline, edits, static _ => false, metadata, intermediateLanguage, symbols, cancellationToken);
        if (!result.Success || result.Baseline is null)
        {
            problem = result.Diagnostics.FirstOrDefault(static one => one.Severity == DiagnosticSeverity.Error)?.GetMessage() ?? "the compiler makes no difference of it";
            return default;
        }

        var patch = new CodePatch(
            code.Whole.AssemblyName!, _module, _patches + 1, Convert.ToBase64String(metadata.ToArray()), Convert.ToBase64String(intermediateLanguage.ToArray()), Convert.ToBase64String(symbols.ToArray()));
        return (patch, new HotReload(code, result.Baseline, _module, _patches + 1));
    }

    private static StandaloneSignatureHandle SignatureOf(PEReader image, MetadataReader metadata, MethodDefinitionHandle method)
    {
        int address = metadata.GetMethodDefinition(method).RelativeVirtualAddress;
        return address == 0 ? default : image.GetMethodBody(address).LocalSignature;
    }
}
