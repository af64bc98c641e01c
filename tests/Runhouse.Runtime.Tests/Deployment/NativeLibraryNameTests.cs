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
    [InlineData("libfoo.dll.so", "foo")]
    [InlineData("Foo.dll", "foo")]
    [InlineData("foo_x64", "foo")]
    [InlineData("libfoo-arm64.so.1", "foo")]
    [InlineData("foo64.dll", "foo")]
    [InlineData("alarm", "alarm")]
    [InlineData("x64", "x64")]
    public void All_names_of_a_library_are_one(string name, string expected) => Assert.Equal(expected, NativeLibraryName.Of(name));
}
