using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <summary>The systems on which hosts run: Linux, or what the build property <c>RunhouseTargetRids</c> says.</summary>
internal sealed class TargetPlatforms
{
    private static readonly HashSet<string> WindowsLibraries = new(StringComparer.OrdinalIgnoreCase)
    {
        "kernel32", "kernelbase", "user32", "gdi32", "advapi32", "shell32", "shlwapi", "ole32", "oleaut32", "ntdll", "ws2_32", "winmm", "comctl32", "comdlg32", "crypt32",
        "iphlpapi", "psapi", "dbghelp", "dwmapi", "uxtheme", "setupapi", "secur32", "netapi32", "wininet", "winhttp", "bcrypt", "ncrypt", "powrprof", "wtsapi32", "userenv",
        "mpr", "cfgmgr32", "wevtapi", "imm32", "dxgi", "d3d11", "d3d12", "msvcrt", "ucrtbase", "mfplat", "winspool.drv",
    };

    private readonly ConcurrentDictionary<ISymbol, string> _excluded = new(SymbolEqualityComparer.Default);
    private readonly string[] _systems;

    /// <summary>Reads the build properties.</summary>
    /// <param name="options">The options.</param>
    public TargetPlatforms(AnalyzerConfigOptions options)
    {
        // The targets pass the list with commas: a semicolon would begin a comment.
        if (!options.TryGetValue("build_property._RunhouseTargetPlatforms", out string? rids))
            options.TryGetValue("build_property.RunhouseTargetRids", out rids);
        Rids = [.. (rids ?? "").Split([',', ';'], StringSplitOptions.RemoveEmptyEntries).Select(static rid => rid.Trim()).Where(static rid => rid.Length > 0)];
        _systems = [.. Rids.Select(SystemOf).Distinct(StringComparer.Ordinal)];
        if (_systems.Length == 0)
            _systems = ["linux"];
    }

    /// <summary>The runtime identifiers that the build names; none when it leaves them open.</summary>
    public IReadOnlyList<string> Rids { get; }

    /// <summary>The system on which a member of a library does not work, as messages name it; null when it works on all.</summary>
    /// <param name="member">The member's definition.</param>
    public string? Excludes(ISymbol member) => _excluded.GetOrAdd(member, FindExcluded) is { Length: > 0 } system ? system : null;

    /// <summary>The system that lacks the native library of a method; null when it is on all, or when this is unknown.</summary>
    /// <param name="method">The method.</param>
    public string? LacksLibraryOf(IMethodSymbol method)
        => LibraryOf(method) is { } library && OwnerOf(library) is { } owner && _systems.FirstOrDefault(system => system != owner) is { } lacking ? Display(lacking) : null;

    /// <summary>The native library of a method; null when it is in none.</summary>
    /// <param name="method">The method.</param>
    public static string? LibraryOf(IMethodSymbol method)
    {
        string? library = method.GetDllImportData()?.ModuleName;
        foreach (AttributeData attribute in library is null ? method.GetAttributes() : [])
        {
            if (attribute is { AttributeClass.Name: "LibraryImportAttribute", ConstructorArguments: [{ Kind: TypedConstantKind.Primitive, Value: string name }, ..] })
                library = name;
        }

        return library;
    }

    /// <summary>Whether code asks on which system it runs: what stands around the question is as careful as it can be.</summary>
    /// <param name="member">A member that the code uses.</param>
    public static bool IsGuard(ISymbol member) => member switch
    {
        { ContainingType: { Name: "OperatingSystem", ContainingNamespace.Name: "System" } } => member.Name.StartsWith("Is", StringComparison.Ordinal) || member.Name == "Platform",
        { Name: "IsOSPlatform" or "RuntimeIdentifier" or "ProcessArchitecture" or "OSArchitecture" or "OSDescription", ContainingType.Name: "RuntimeInformation" } => true,
        IMethodSymbol { ReturnType.SpecialType: SpecialType.System_Boolean } or IPropertySymbol { Type.SpecialType: SpecialType.System_Boolean } or IFieldSymbol { Type.SpecialType: SpecialType.System_Boolean }
            => member.GetAttributes().Any(static one => one.AttributeClass?.Name is "SupportedOSPlatformGuardAttribute" or "UnsupportedOSPlatformGuardAttribute"),
        _ => false,
    };

    private static string SystemOf(string rid) => rid.Split('-')[0] switch
    {
        "win" => "windows",
        "osx" => "macos",
        _ => "linux",
    };

    private static string Display(string system) => system switch
    {
        "windows" => "Windows",
        "macos" => "macOS",
        _ => "Linux",
    };

    private static string? OwnerOf(string library)
    {
        string bare = library.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? library.Substring(0, library.Length - ".dll".Length) : library;
        if (WindowsLibraries.Contains(bare))
            return "windows";
        return bare.StartsWith("/System/Library/", StringComparison.Ordinal) || bare is "libSystem" or "libSystem.dylib" or "libobjc" || bare.EndsWith(".dylib", StringComparison.Ordinal)
            ? "macos"
            : null;
    }

    private string FindExcluded(ISymbol member)
    {
        bool isDecided = false;
        for (ISymbol? level = member; level is not null and not INamespaceSymbol; level = Around(level))
        {
            var supported = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            bool namesTheOthers = false;
            foreach (AttributeData attribute in level.GetAttributes())
            {
                if (attribute is not { AttributeClass.Name: { } name, ConstructorArguments: [{ Kind: TypedConstantKind.Primitive, Value: string platform }, ..] })
                    continue;
                string system = platform.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.').ToLowerInvariant();
                if (name == "SupportedOSPlatformAttribute")
                    supported.UnionWith(system == "unix" ? ["linux", "macos"] : [system]);
                else if (name == "UnsupportedOSPlatformAttribute")
                    namesTheOthers = true;
                if (name == "UnsupportedOSPlatformAttribute" && system.Length == platform.Length && _systems.Contains(system))
                    return Display(system);
            }

            // Beside those on which it does not work, the ones on which it does are exceptions: not on iOS, but on Catalyst.
            if (supported.Count == 0 || namesTheOthers || isDecided)
                continue;
            isDecided = true;
            if (_systems.FirstOrDefault(one => !supported.Contains(one)) is { } lacking)
                return Display(lacking);
        }

        return "";
    }

    // The assembly's own attribute only speaks for libraries: in the project that is analyzed it says where the caller runs.
    private static ISymbol? Around(ISymbol level) => level switch
    {
        IMethodSymbol { AssociatedSymbol: { } property } => property,
        { ContainingType: { } type } => type,
        INamedTypeSymbol { Locations: [{ IsInSource: true }, ..] } => null,
        INamedTypeSymbol type => type.ContainingAssembly,
        _ => null,
    };
}
