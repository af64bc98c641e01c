using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Runhouse.Packages;

/// <summary>Packages with native files as others publish them; the files' content says what they are.</summary>
internal static class NativePackages
{
    /// <summary>The references to all of them.</summary>
    public const string References = """
        <PackageReference Include="Test.Flat" Version="1.0.0" />
        <PackageReference Include="Test.Split" Version="1.0.0" />
        <PackageReference Include="Test.Bare" Version="1.0.0" />
        """;

    private static readonly Lock Writing = new();

    // It exports SystemNative_GetPid on every system but Windows.
    private static readonly string SystemLibrary
        = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), OperatingSystem.IsMacOS() ? "libSystem.Native.dylib" : "libSystem.Native.so");

    /// <summary>Puts them into a feed.</summary>
    /// <param name="feed">The folder of the feed.</param>
    public static void AddTo(string feed)
    {
        lock (Writing)
        {
            // All platforms in one package.
            Write(feed, "Test.Flat", ("runtimes/linux-x64/native/libflat.so", "flat linux-x64"), ("runtimes/linux-arm64/native/libflat.so", "flat linux-arm64"), ("runtimes/win-x64/native/flat.dll", "flat win-x64"));

            // A package for each platform, which NuGet only looks at when it restores for that platform.
            Write(feed, "Test.Split", ("runtime.json", $$"""{ "runtimes": { {{string.Join(", ", ((string[])["linux-x64", "linux-arm64", "win-x64"]).Select(Runtime))}} } }"""));
            Write(feed, "runtime.linux-x64.Test.Split", ("runtimes/linux-x64/native/libsplit.so", "split linux-x64"));
            Write(feed, "runtime.linux-arm64.Test.Split", ("runtimes/linux-arm64/native/libsplit.so", "split linux-arm64"));
            Write(feed, "runtime.win-x64.Test.Split", ("runtimes/win-x64/native/split.dll", "split win-x64"));

            // A real library under another name, for this machine.
            string rid = RuntimeInformation.RuntimeIdentifier;
            Write(feed, "Test.Real", ("runtime.json", $$"""{ "runtimes": { "{{rid}}": { "Test.Real": { "runtime.{{rid}}.Test.Real": "1.0.0" } } } }"""));
            if (File.Exists(SystemLibrary))
                Write(feed, $"runtime.{rid}.Test.Real", ($"runtimes/{rid}/native/{Path.GetFileName(SystemLibrary).Replace("System.Native", "real", StringComparison.Ordinal)}", File.ReadAllBytes(SystemLibrary)));

            // One platform only.
            Write(feed, "Test.Bare", ("runtimes/linux-x64/native/libbare.so", "bare linux-x64"));
        }
    }

    private static string Runtime(string rid) => $$"""  "{{rid}}": { "Test.Split": { "runtime.{{rid}}.Test.Split": "1.0.0" } }""";

    private static void Write(string feed, string id, params (string Path, string Text)[] files)
        => Write(feed, id, [.. files.Select(static file => (file.Path, Encoding.UTF8.GetBytes(file.Text)))]);

    private static void Write(string feed, string id, params (string Path, byte[] Content)[] files)
    {
        string package = Path.Combine(feed, id + ".1.0.0.nupkg");
        if (File.Exists(package))
            return;
        using ZipArchive archive = ZipFile.Open(package, ZipArchiveMode.Create);
        byte[] specification = Encoding.UTF8.GetBytes($"""
            <?xml version="1.0"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata><id>{id}</id><version>1.0.0</version><authors>Tests</authors><description>A native library.</description></metadata>
            </package>
            """);
        foreach ((string path, byte[] content) in (IEnumerable<(string, byte[])>)[(id + ".nuspec", specification), ("lib/netstandard2.0/_._", []), .. files])
        {
            using Stream entry = archive.CreateEntry(path).Open();
            entry.Write(content);
        }
    }
}
