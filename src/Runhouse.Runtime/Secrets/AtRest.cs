using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Runhouse.Runtime.Secrets;

/// <summary>
/// What protects a saved secret on the disk. Windows has a key for each user that only that user's session can use (DPAPI). Elsewhere a key would lie beside what
/// it locks: there the file's mode protects it, and the disk's encryption where there is one.
/// </summary>
internal static unsafe partial class AtRest
{
    private const int NoWindow = 1;

    /// <summary>The bytes to write.</summary>
    public static byte[] Protect(byte[] content) => OperatingSystem.IsWindows() ? Transform(content, isProtecting: true) : content;

    /// <summary>What was written.</summary>
    /// <exception cref="CryptographicException">Another user wrote it, or another machine.</exception>
    public static byte[] Unprotect(byte[] content) => OperatingSystem.IsWindows() ? Transform(content, isProtecting: false) : content;

    [SupportedOSPlatform("windows")]
    private static byte[] Transform(byte[] content, bool isProtecting)
    {
        fixed (byte* bytes = content)
        {
            var input = new Blob { Length = content.Length, Bytes = bytes };
            bool done = isProtecting
                ? ProtectData(input, null, 0, 0, 0, NoWindow, out Blob output)
                : UnprotectData(input, 0, 0, 0, 0, NoWindow, out output);
            if (!done)
                throw new CryptographicException(Marshal.GetLastPInvokeError());
            try
            {
                return new ReadOnlySpan<byte>(output.Bytes, output.Length).ToArray();
            }
            finally
            {
                new Span<byte>(output.Bytes, output.Length).Clear();
                Marshal.FreeHGlobal((nint)output.Bytes);
            }
        }
    }

    [LibraryImport("crypt32", EntryPoint = "CryptProtectData", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool ProtectData(in Blob input, string? description, nint entropy, nint reserved, nint prompt, int flags, out Blob output);

    [LibraryImport("crypt32", EntryPoint = "CryptUnprotectData", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool UnprotectData(in Blob input, nint description, nint entropy, nint reserved, nint prompt, int flags, out Blob output);

    private struct Blob
    {
        public int Length;
        public byte* Bytes;
    }
}
