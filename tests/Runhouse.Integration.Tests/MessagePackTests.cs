namespace Runhouse.Integration;

public sealed class MessagePackTests(LocalHost host)
{
    [Fact]
    public async Task An_application_with_another_MessagePack_uses_its_own_on_both_sides()
    {
        (int exitCode, string[] lines) = await host.RunAsync("Runhouse.Integration.MessagePack3", []);
        Assert.Equal(0, exitCode);
        Assert.Equal("north 1,2,3 281 3.1", lines[^1]);
    }
}
