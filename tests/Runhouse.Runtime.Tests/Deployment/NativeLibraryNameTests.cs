using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Tests.Deployment;

public sealed class NativeLibraryNameTests
{
    [Theory]
    [InlineData("sqlite3", "sqlite3")]
    [InlineData("libsqlite3.so.0", "sqlite3")]
    [InlineData("runtimes/linux-x64/native/libsqlite3.so", "sqlite3")]
    [InlineData("sqlite3.dll", "sqlite3")]
    [InlineData("libSkiaSharp", "skiasharp")]
    [InlineData("libSkiaSharp.dylib", "skiasharp")]
    [InlineData("libSystem.Native.so", "system.native")]
    [InlineData("a.sound", "a.sound")]
    [InlineData("lib", "lib")]
    [InlineData(".so", ".so")]
    public void All_names_of_a_library_are_one(string name, string expected) => Assert.Equal(expected, NativeLibraryName.Of(name));
}
