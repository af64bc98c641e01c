namespace Runhouse.Integration.Files;

public sealed class ValueTests(LocalHost host)
{
    [Fact]
    [Acceptance(36)]
    public async Task Values_are_put_got_listed_renamed_and_deleted_by_key()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        ClusterObjects objects = test.Objects;
        await objects.PutTextAsync("36/a b?&", "text é");
        StoredValue bytes = await objects.PutBytesAsync("36/bytes", new byte[] { 1, 2, 3 }, "application/x-numbers");

        Assert.Equal(("36/bytes", 3, "application/x-numbers"), (bytes.Key, bytes.Size, bytes.ContentType));
        Assert.Equal("text é", await objects.GetTextAsync("36/a b?&"));
        Assert.Equal(["36/a b?&", "36/bytes"], (await objects.ListAsync("36/")).Select(static value => value.Key));
        await using (Stream stream = await objects.GetAsync("36/bytes"))
            Assert.Equal(3, stream.Length);

        await objects.RenameAsync("36/bytes", "36/numbers");
        Assert.Equal([1, 2, 3], await objects.GetBytesAsync("36/numbers"));
        await Assert.ThrowsAsync<FileTransferException>(() => objects.RenameAsync("36/numbers", "36/a b?&"));
        await objects.RenameAsync("36/numbers", "36/a b?&", overwrite: true);
        await objects.DeleteAsync("36/a b?&");
        Assert.Empty(await objects.ListAsync("36/"));
    }

    [Fact]
    [Acceptance(36)]
    public async Task A_missing_key_is_a_typed_error_that_lists_near_ones()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        await test.Objects.PutTextAsync("missing-key-1", "there");
        foreach (Func<Task> one in (Func<Task>[])
            [() => test.Objects.GetAsync("missing-key-2"), () => test.Objects.DeleteAsync("missing-key-2"), () => test.Objects.RenameAsync("missing-key-2", "x")])
        {
            var error = await Assert.ThrowsAsync<RemoteNotFoundException>(one);
            Assert.Contains("'missing-key-1'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Acceptance(36)]
    public async Task Deletion_of_everything_asks_for_a_flag()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        await test.Objects.PutTextAsync("kept", "there");
        await Assert.ThrowsAsync<ArgumentException>(() => test.Objects.DeleteAllAsync(confirm: false));
        Assert.Equal("there", await test.Objects.GetTextAsync("kept"));
    }

    [Fact]
    public async Task A_source_that_fails_is_its_own_error_and_the_former_value_stays()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        await test.Objects.PutTextAsync("fragile", "former");
        await using var source = new PatternStream(64 << 20, failsAt: 32 << 20);
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Objects.PutAsync("fragile", source));
        Assert.Equal("former", await test.Objects.GetTextAsync("fragile"));
    }
}
