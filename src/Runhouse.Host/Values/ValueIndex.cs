using System.Text.Json;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Values;

/// <summary>Which values there are, in memory and on disk: a file for each key, and beside them the files with the bytes.</summary>
internal sealed class ValueIndex
{
    public const string DataFolder = "data";

    private readonly string _folder;
    private readonly Dictionary<string, ValueFile> _files = new(StringComparer.Ordinal);

    private ValueIndex(string folder) => _folder = folder;

    public IReadOnlyCollection<ValueFile> All => _files.Values;

    /// <summary>Reads what a former life of the host has kept, and clears away what it left half done.</summary>
    public static ValueIndex Load(string folder)
    {
        var index = new ValueIndex(folder);
        string data = Path.Combine(folder, DataFolder);
        HostFolders.CreatePrivate(folder);
        HostFolders.CreatePrivate(data);
        bool areAllKnown = true;
        foreach (string path in Directory.EnumerateFiles(folder, "*.json"))
        {
            ValueFile? file = Read(path);
            areAllKnown &= file is not null;
            if (file is not null && Path.GetFileName(path) == ValueKey.FileNameOf(file.Key)
                && new FileInfo(Path.Combine(data, file.Data)) is { Exists: true, LinkTarget: null } bytes && bytes.Length == file.Size)
            {
                index._files.Add(file.Key, file);
            }
        }

        // One that cannot be read may be another version's, and so may be bytes that nothing else names.
        if (areAllKnown)
            index.Clear(data);
        return index;
    }

    public ValueFile? Find(string key) => _files.GetValueOrDefault(key);

    /// <summary>Puts a value under its key; the bytes of the former one are deleted.</summary>
    public void Set(ValueFile file)
    {
        string path = Path.Combine(_folder, ValueKey.FileNameOf(file.Key));
        string draft = path + ".tmp";
        File.Delete(draft);
        using (FileStream stream = HostFolders.OpenPrivate(draft, FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, file, ValueFileJson.Default.ValueFile);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        ValueFile? former = Find(file.Key);
        _files[file.Key] = file;
        if (former is not null)
            File.Delete(DataOf(former));
    }

    public void Remove(ValueFile file, bool keepsData)
    {
        File.Delete(Path.Combine(_folder, ValueKey.FileNameOf(file.Key)));
        _files.Remove(file.Key);
        if (!keepsData)
            File.Delete(DataOf(file));
    }

    private string DataOf(ValueFile file) => Path.Combine(_folder, DataFolder, file.Data);

    private void Clear(string data)
    {
        foreach (ValueFile file in All.ToArray())
        {
            if (file.RenamedFrom is { } former && Find(former) is { } left && left.Data == file.Data)
                Remove(left, keepsData: true);
        }

        var used = All.Select(static file => file.Data).ToHashSet(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(data))
        {
            if (!used.Contains(Path.GetFileName(path)))
                File.Delete(path);
        }
    }

    private static ValueFile? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ValueFileJson.Default.ValueFile) is { Key: not null, Data: not null, ContentType: not null } file
                && file.Data == Path.GetFileName(file.Data) ? file : null;
        }
        catch (JsonException)
        {
            // Of another version, or not ours: it is left alone.
            return null;
        }
    }
}
