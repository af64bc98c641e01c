using System.Net.Security;
using CsCheck;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

public sealed class WorkerProtocolTests
{
    [Theory]
    [InlineData("0123456789ab")]
    [InlineData("w-1")]
    public async Task The_worker_is_found_in_what_a_caller_says_first(string worker)
    {
        byte[] first = await FirstBytesAsync(WorkerProtocol.Of(worker), SslApplicationProtocol.Http11);
        Assert.InRange(first.Length, 1, WorkerProtocol.MaxBytes);
        Assert.Equal(worker, WorkerProtocol.WorkerOf(first));
        Assert.Equal(worker, WorkerProtocol.WorkerOf([.. first, 1, 2, 3]));
        Assert.Equal(worker, WorkerProtocol.WorkerOf(await FirstBytesAsync(SslApplicationProtocol.Http11, WorkerProtocol.Of(worker))));
    }

    [Fact]
    public async Task Who_offers_something_else_or_nothing_wants_no_worker()
    {
        Assert.Null(WorkerProtocol.WorkerOf(await FirstBytesAsync()));
        Assert.Null(WorkerProtocol.WorkerOf(await FirstBytesAsync(SslApplicationProtocol.Http11, SslApplicationProtocol.Http2)));
        Assert.Null(WorkerProtocol.WorkerOf(await FirstBytesAsync(new SslApplicationProtocol("runhouse/1"), new SslApplicationProtocol("runhouse/1/"), new SslApplicationProtocol("runhouse/2/w-1"))));
    }

    [Fact]
    public async Task Whatever_has_come_so_far_gives_the_worker_or_nobody()
    {
        byte[] first = await FirstBytesAsync(WorkerProtocol.Of("w-1"), SslApplicationProtocol.Http11);
        int[] found = [.. Enumerable.Range(0, first.Length + 1).Where(length => WorkerProtocol.WorkerOf(first.AsSpan(0, length)) is not null)];

        // Nothing before the protocols are there, and nothing else from then on.
        Assert.Equal(Enumerable.Range(found[0], first.Length + 1 - found[0]), found);
        Assert.All(found, length => Assert.Equal("w-1", WorkerProtocol.WorkerOf(first.AsSpan(0, length))));
    }

    [Fact]
    public async Task Bytes_that_were_changed_are_no_error()
    {
        byte[] first = await FirstBytesAsync(WorkerProtocol.Of("w-1"), SslApplicationProtocol.Http11);
        Gen.Select(Gen.Int[0, first.Length - 1], Gen.Byte).Array[1, 8].Sample(changes =>
        {
            byte[] changed = [.. first];
            foreach ((int at, byte value) in changes)
                changed[at] = value;
            return WorkerProtocol.WorkerOf(changed) is null or { Length: > 0 };
        });
    }

    /// <summary>What a TLS client sends first.</summary>
    private static async Task<byte[]> FirstBytesAsync(params SslApplicationProtocol[] protocols)
    {
        using var sent = new SilentPeer();
        await using var client = new SslStream(sent);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols] };
        await Assert.ThrowsAnyAsync<IOException>(() => client.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));
        return sent.ToArray();
    }

    /// <summary>Takes what is said, and ends.</summary>
    private sealed class SilentPeer : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
