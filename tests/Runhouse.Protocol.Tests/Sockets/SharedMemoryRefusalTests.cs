using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Runhouse.Protocol.Sockets;
using static Runhouse.Protocol.Tests.Sockets.SharedPair;

namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>What is in the way of sharing memory, and far sides that break its rules.</summary>
[Collection("SharedMemory")]
public sealed partial class SharedMemoryRefusalTests : IDisposable
{
    private const int OpenFiles = 7;

    /// <summary>What is in the way in one test is no reason to share nothing in the next.</summary>
    public void Dispose() => SharedRegion.IsUsable = true;

    [Fact]
    public async Task A_descriptor_that_does_not_arrive_ends_the_connection_and_the_next_one_shares_nothing()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            SharedRegion region = SharedRegion.TryCreate(out _)!;
            Assert.Equal(0, DescriptorMessage.Send(near.SafeHandle, 0, region.Descriptor!));
            Limit(out Limits usual);
            try
            {
                Assert.Contains("ulimit -n", Assert.Throws<IOException>(() => Read(transport.Input)).Message, StringComparison.Ordinal);
            }
            finally
            {
                Lift(usual);
                region.Close();
            }

            (SocketTransport next, SocketTransport other) = await PairAsync();
            Assert.False(next.CanShare);
            await next.DisposeAsync();
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_far_side_that_has_gone_is_no_reason_to_share_nothing_any_more()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (SocketTransport near, SocketTransport far) = await PairAsync();
        await using SocketTransport nearEnd = near;
        Agree(near, far);
        await far.DisposeAsync();
        await Assert.ThrowsAsync<IOException>(async () => await near.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken));
        Assert.True(SharedRegion.IsUsable);
    }

    [Fact]
    public void A_descriptor_that_is_no_shared_memory_is_refused()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        string path = Path.GetTempFileName();
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, options: FileOptions.DeleteOnClose))
        {
            RandomAccess.SetLength(file, SharedRegion.Bytes + 4096);
            Assert.Throws<IOException>(() => SharedRegion.Open(file));
        }

        Assert.False(SharedRegion.IsUsable);
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(SharedRegion.Bytes, 1)]
    [InlineData(SharedRegion.Bytes - 5, 6)]
    [InlineData(0, 0)]
    [InlineData(0, int.MaxValue)]
    public async Task A_piece_that_is_not_within_the_memory_ends_the_connection(int start, int length)
        => await AssertRefusedAsync(new SharedRegion.Piece { Start = start, Length = length });

    [Fact]
    public async Task A_piece_of_the_stream_that_has_come_already_ends_the_connection()
        => await AssertRefusedAsync(new SharedRegion.Piece { Offset = -1, Length = 1 });

    [Fact]
    public async Task Pieces_that_are_taken_and_were_not_there_end_the_connection()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (far)
        {
            await using var transport = new SocketTransport(near);
            transport.Share();
            ((BlockingSocketWriter)transport.Output).HoldsMore = true;
            await transport.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken);
            DescriptorMessage.Receive(far.SafeHandle, new byte[1], out SafeFileHandle? descriptor, out _, out _);
            using (descriptor)
            {
                SharedRegion region = SharedRegion.Open(descriptor!);
                region.Taken = 7;
                await Assert.ThrowsAsync<IOException>(async () => await transport.Output.WriteAsync(new byte[50_000], TestContext.Current.CancellationToken));
                region.Close();
            }
        }
    }

    [Fact]
    public async Task Whatever_a_far_side_writes_into_the_memory_ends_the_connection_or_is_bytes_of_it()
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        (int refused, int taken) = (0, 0);
        for (int round = 0; round < 300; round++)
        {
            SharedRegion.IsUsable = true;
            (Socket near, Socket far) = await SocketsAsync();
            using (near)
            {
                await using var transport = new SocketTransport(far);
                transport.ExpectShared();
                SharedRegion region = SharedRegion.TryCreate(out _)!;
                random.NextBytes(region.GetSpan()[..4096]);
                for (int slot = 0; slot < SharedRegion.Slots; slot++)
                    region.SlotOf(slot) = new SharedRegion.Piece { Offset = Number(8), Start = (int)Number(4096), Length = (int)Number(100) };
                region.Published = Number(SharedRegion.Slots);
                Assert.Equal(0, DescriptorMessage.Send(near.SafeHandle, 0, region.Descriptor!));
                byte[] bytes = new byte[random.Next(100)];
                random.NextBytes(bytes);
                if (bytes.Length > 0)
                    await near.SendAsync(bytes);
                near.Shutdown(SocketShutdown.Send);
                try
                {
                    while (Read(transport.Input) is { IsCompleted: false } read)
                    {
                        // All of it is read: memory outside the region would end this process.
                        Assert.InRange(read.Buffer.ToArray().Length, 1, 2 * SharedRegion.Bytes);
                        transport.Input.AdvanceTo(read.Buffer.End);
                    }

                    taken++;
                }
                catch (IOException)
                {
                    refused++;
                }
                finally
                {
                    region.Close();
                }
            }
        }

        Assert.True(refused > 10 && taken > 10, $"{refused} refused, {taken} taken, with seed {seed}");

        // Small and possible, most often; else anything.
        long Number(int most) => random.Next(8) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(most);
    }

    private static async Task AssertRefusedAsync(SharedRegion.Piece piece)
    {
        Assert.SkipUnless(DescriptorMessage.IsSupported, NotHere);
        (Socket near, Socket far) = await SocketsAsync();
        using (near)
        {
            await using var transport = new SocketTransport(far);
            transport.ExpectShared();
            SharedRegion region = SharedRegion.TryCreate(out _)!;
            region.SlotOf(0) = piece;
            region.Published = 1;
            Assert.Equal(0, DescriptorMessage.Send(near.SafeHandle, 0, region.Descriptor!));
            Assert.Throws<IOException>(() => Read(transport.Input));
            region.Close();
        }
    }

    private static void Limit(out Limits usual)
    {
        // Below what is open by now, so that no other one can be.
        Assert.Equal(0, GetLimits(OpenFiles, out usual));
        Assert.Equal(0, SetLimits(OpenFiles, usual with { Current = 3 }));
    }

    private static void Lift(in Limits usual) => Assert.Equal(0, SetLimits(OpenFiles, usual));

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimits(int what, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimits(int what, in Limits limits);

    /// <summary><c>struct rlimit</c>.</summary>
    private record struct Limits(ulong Current, ulong Most);
}
