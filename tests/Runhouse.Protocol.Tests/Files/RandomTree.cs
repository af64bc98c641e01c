using System.Runtime.Versioning;
using CsCheck;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Protocol.Tests.Files;

/// <summary>Folders made up at random, and what they hold as text, to be compared.</summary>
[UnsupportedOSPlatform("windows")]
internal static class RandomTree
{
    private static readonly string[] Names = ["a", "b", "c", "a b", "é", "x.log", "a-b", "a.b"];

    private static readonly Gen<string> Path = Gen.OneOf(Names).Array[1, 3].Select(static names => string.Join('/', names));

    private static readonly Gen<(string Path, char Kind, string Content)> Node = Gen.Select(
        Path,
        Gen.Frequency((6, 'f'), (2, 'x'), (2, 'd'), (2, 'l'), (2, 'i')),
        Gen.OneOf("", "1", "2", "one", "two", new string('z', 3000)),
        static (path, kind, content) => (path, kind, content));

    /// <summary>What is in a folder: files, some of which can be executed, folders, links, and ignore files when they are asked for.</summary>
    public static Gen<(string Path, char Kind, string Content)[]> Any(bool withIgnoreFiles = false)
        => Node.Select(node => node.Kind != 'i' || withIgnoreFiles ? node : node with { Kind = 'f' }).Array[0, 20];

    /// <summary>Makes a folder hold what was made up. Where one path is in the way of another, the first one stays.</summary>
    public static void Write(string root, IEnumerable<(string Path, char Kind, string Content)> nodes)
    {
        Directory.CreateDirectory(root);
        foreach ((string path, char kind, string content) in nodes)
        {
            string full = System.IO.Path.Combine(root, kind == 'i' ? $"{path}/{IgnoreScope.FileName}" : path);
            string folder = kind == 'd' ? full : System.IO.Path.GetDirectoryName(full)!;
            if (IsBlocked(root, folder) || (kind != 'd' && (Directory.Exists(full) || new FileInfo(full).LinkTarget is not null)))
                continue;
            Directory.CreateDirectory(folder);
            switch (kind)
            {
                case 'd':
                    break;
                case 'l':
                    File.Delete(full);
                    File.CreateSymbolicLink(full, content.Length == 0 ? "nowhere" : Names[content[0] % Names.Length]);
                    break;
                case 'i':
                    File.WriteAllText(full, content.Length == 0 ? "x.log\n" : $"{Names[content.Length % Names.Length]}\n!a\n");
                    break;
                default:
                    File.WriteAllText(full, content);
                    File.SetUnixFileMode(full, kind == 'x' ? Modes.Program : Modes.File);
                    break;
            }
        }
    }

    /// <summary>What a folder holds and its rules do not ignore, a line each.</summary>
    public static string[] Read(string root, FolderRules? rules = null) =>
    [
        .. FolderWalk.Read(root, rules ?? new FolderRules(), ruleFileOf: null, limit: 10_000, CancellationToken.None).Select(static item => item switch
        {
            { LinkTarget: { } target } => $"{item.Path} -> {target}",
            { File: { } file } => $"{item.Path} {(file.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? 'x' : '-')} {File.ReadAllText(file.FullName)}",
            _ => item.Path + "/",
        }),
    ];

    private static bool IsBlocked(string root, string folder)
    {
        for (string at = folder; at.Length > root.Length; at = System.IO.Path.GetDirectoryName(at)!)
        {
            if (File.Exists(at) || new FileInfo(at).LinkTarget is not null)
                return true;
        }

        return false;
    }

    private static class Modes
    {
        public const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        public const UnixFileMode Program = File | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
    }
}
