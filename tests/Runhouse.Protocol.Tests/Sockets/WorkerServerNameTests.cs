using System.Net.Security;
using CsCheck;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Protocol.Tests.Sockets;

public sealed class WorkerServerNameTests
{
    private static readonly SslApplicationProtocol[] Protocols = [WorkerServerName.Frames, SslApplicationProtocol.Http11];

    [Theory]
    [InlineData("0123456789ab")]
    [InlineData("w-1")]
    public async Task The_worker_is_found_in_what_a_caller_says_first(string worker)
    {
        byte[] first = await FirstBytesAsync(WorkerServerName.Of(worker));
        Assert.InRange(first.Length, 1, WorkerServerName.MaxBytes);
        Assert.Equal(worker, WorkerServerName.WorkerOf(first));
        Assert.Equal(worker, WorkerServerName.WorkerOf([.. first, 1, 2, 3]));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("worker.runhouse.internal")]
    [InlineData("w-1.worker.runhouse.internal.example")]
    [InlineData("127.0.0.1")]
    public async Task Other_names_and_none_are_nobodys(string name) => Assert.Null(WorkerServerName.WorkerOf(await FirstBytesAsync(name)));

    [Fact]
    public async Task Whatever_has_come_so_far_gives_the_worker_or_nobody()
    {
        byte[] first = await FirstBytesAsync(WorkerServerName.Of("w-1"));
        int[] found = [.. Enumerable.Range(0, first.Length + 1).Where(length => WorkerServerName.WorkerOf(first.AsSpan(0, length)) is not null)];

        // Nothing before the name is there, and nothing else from then on.
        Assert.Equal(Enumerable.Range(found[0], first.Length + 1 - found[0]), found);
        Assert.All(found, length => Assert.Equal("w-1", WorkerServerName.WorkerOf(first.AsSpan(0, length))));
    }

    [Fact]
    public async Task Bytes_that_were_changed_are_no_error()
    {
        byte[] first = await FirstBytesAsync(WorkerServerName.Of("w-1"));
        Gen.Select(Gen.Int[0, first.Length - 1], Gen.Byte).Array[1, 8].Sample(changes =>
        {
            byte[] changed = [.. first];
            foreach ((int at, byte value) in changes)
                changed[at] = value;
            return WorkerServerName.WorkerOf(changed) is null or { Length: > 0 };
        });
    }

    /// <summary>What a TLS client sends first.</summary>
    private static async Task<byte[]> FirstBytesAsync(string name)
    {
        using var sent = new SilentPeer();
        await using var client = new SslStream(sent);
        var options = new SslClientAuthenticationOptions { TargetHost = name, ApplicationProtocols = [.. Protocols] };
        await Assert.ThrowsAnyAsync<IOException>(() => client.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken));
        return sent.ToArray();
    }

    /// <summary>Takes what is said, and ends.</summary>
    private sealed class SilentPeer : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
    }
}
