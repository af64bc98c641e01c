using System.Security.Cryptography;
using System.Text;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Values;

/// <summary>Keys of values: any text, as it is.</summary>
internal static class ValueKey
{
    private const int MaxBytes = 500;

    /// <exception cref="HostRefusal">The key is none.</exception>
    public static void Check(string key)
    {
        if (key.Length is 0 or > MaxBytes || Encoding.UTF8.GetByteCount(key) > MaxBytes || key.Any(char.IsControl))
            throw HostRefusal.Transfer($"A key has 1 to {MaxBytes} bytes in UTF-8 and no control characters. Choose another one.");
    }

    /// <summary>The name of the file for a key: no key can be made to name another file.</summary>
    public static string FileNameOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".json";
}
