using System.Buffers.Binary;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>Bytes that no caller sends, at the doors of a worker and of its host, while callers go on.</summary>
[Collection(MemoryCollection.Name)]
public sealed class HostileTests(LocalHost host)
{
    private const int Connections = 300;
    private const int EchoedBytes = 200_000;
    private const int HelloBytes = 128;
    private const long Bound = 300L << 20;

    [Fact]
    [Acceptance(49)]
    public async Task Hostile_bytes_close_their_own_connection_and_disturb_no_caller()
    {
        int worker = await Jobs.Remote.ProcessIdAsync();
        long before = await Jobs.Remote.WorkingSetAsync();
        using var over = new CancellationTokenSource();
        Task<int> calling = CallAsync(over.Token);
        var random = new Random(49);
        using HttpClient client = host.Client();
        string id = await WorkerIdAsync(worker);
        for (int i = 0; i < Connections; i++)
        {
            (System.Net.EndPoint door, byte[] ticket) = await ConnectAsync(client, id);
            await SendAsync(door, Bytes(random, i, ticket));
            if (i % 10 == 0)
                await SendAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, host.Port), Garbage(random));
        }

        await over.CancelAsync();
        Assert.True(await calling > 0);
        Assert.Equal(worker, await Jobs.Remote.ProcessIdAsync());
        Assert.InRange(await Jobs.Remote.WorkingSetAsync() - before, long.MinValue, Bound);
    }

    [Fact]
    [Acceptance(49)]
    public async Task Frames_of_a_real_session_that_were_tampered_with_disturb_no_caller()
    {
        int worker = await Jobs.Remote.ProcessIdAsync();
        long before = await Jobs.Remote.WorkingSetAsync();
        List<HostileFrame> session = await RecordAsync();
        using HttpClient client = host.Client();
        string id = await WorkerIdAsync(worker);
        (System.Net.EndPoint door, byte[] ticket) = await ConnectAsync(client, id);

        // As it was recorded, the worker understands it: what is mutated comes as far as the code behind it.
        await SendAsync(door, [.. Hello(ticket), .. session.SelectMany(static frame => frame.Bytes)], answer: EchoedBytes);

        using var over = new CancellationTokenSource();
        Task<int> calling = CallAsync(over.Token);
        var random = new Random(4949);
        for (int i = 0; i < Connections; i++)
        {
            (door, ticket) = await ConnectAsync(client, id);
            await SendAsync(door, [.. Hello(ticket), .. HostileFrame.Mutate(session, random)]);
        }

        await over.CancelAsync();
        Assert.True(await calling > 0);
        Assert.Equal(worker, await Jobs.Remote.ProcessIdAsync());
        Assert.InRange(await Jobs.Remote.WorkingSetAsync() - before, long.MinValue, Bound);
    }

    private static async Task<int> CallAsync(CancellationToken over)
    {
        int calls = 0;
        for (; !over.IsCancellationRequested; calls++)
            Assert.Equal(calls + 1, await Jobs.Remote.AddSynchronouslyAsync(calls, 1, CancellationToken.None));
        return calls;
    }

    /// <summary>What another program says in a session of calls of many kinds: without hello and goodbye, and what depends on the answers.</summary>
    private async Task<List<HostileFrame>> RecordAsync()
    {
        using var proxy = new RecordingProxy(host.Port);
        string home = await host.HomeBehindAsync(proxy.Port);
        (int exitCode, _) = await host.CallerInAsync(
            new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Transport"] = "Relay" }, "talk", EchoedBytes.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, exitCode);
        List<HostileFrame> said = HostileFrame.Parse(await proxy.RelayedAsync());
        List<HostileFrame> session = [.. said.Where(static frame => frame.Kind is 2 or 5 or 7 or 10)];
        Assert.Equal([2, 5, 7, 10], session.Select(static frame => (int)frame.Kind).Distinct().Order());
        return session;
    }

    private static async Task<(System.Net.EndPoint Door, byte[] Ticket)> ConnectAsync(HttpClient client, string id)
    {
        using HttpResponseMessage reply = await client.PostAsync($"v1/workers/{id}/connect", null, TestContext.Current.CancellationToken);
        JsonElement connect = await reply.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return (new UnixDomainSocketEndPoint(connect.GetProperty("socketPath").GetString()!), Convert.FromBase64String(connect.GetProperty("ticket").GetString()!));
    }

    private static byte[] Bytes(Random random, int kind, byte[] ticket) => (kind % 6) switch
    {
        0 => Garbage(random),
        1 => Hello(ticket)[..random.Next(1, HelloBytes)],
        2 => [.. Hello(ticket), .. Garbage(random)],
        3 => [.. Hello(ticket), .. Frame(kind: 2, flags: 0, id: 7, length: int.MaxValue)],

        // A body of almost a gibibyte is announced, and a few bytes of it come.
        4 => [.. Hello(ticket), .. Frame(kind: 2, flags: 3, id: 7, length: 18), .. BitConverter.GetBytes((1L << 30) - 1), .. new byte[10]],

        // Frames with good headers: of every kind, with any flags, for few calls, with any content.
        _ => [.. Hello(ticket), .. Enumerable.Range(0, 50).SelectMany(_ => RandomFrame(random))],
    };

    private static byte[] Garbage(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 4096)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] RandomFrame(Random random)
    {
        byte[] payload = new byte[random.Next(0, 100)];
        random.NextBytes(payload);
        return [.. Frame((byte)random.Next(1, 14), (byte)(random.Next(4) == 0 ? random.Next(8) : 0), (ulong)random.Next(4), payload.Length), .. payload];
    }

    private static byte[] Hello(byte[] ticket)
    {
        byte[] payload = new byte[HelloBytes];
        "RHN1"u8.CopyTo(payload);
        (payload[4], payload[6]) = (1, 1);
        ticket.CopyTo(payload, 8);
        return [.. Frame(kind: 1, flags: 0, id: 0, HelloBytes), .. payload];
    }

    private static byte[] Frame(byte kind, byte flags, ulong id, int length)
    {
        byte[] header = new byte[14];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)length + 10);
        (header[4], header[5]) = (kind, flags);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(6), id);
        return header;
    }

    /// <summary>Sends the bytes, waits for so much of an answer, says that no more will come, and waits until the far side has closed.</summary>
    private static async Task SendAsync(System.Net.EndPoint door, byte[] bytes, int answer = 0)
    {
        using var socket = new Socket(door.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(door);
        try
        {
            await socket.SendAsync(bytes);
            byte[] buffer = new byte[4096];
            for (int left = answer; left > 0;)
            {
                int count = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60));
                Assert.True(count > 0, $"Of an answer of {answer} bytes, {left} are missing.");
                left -= count;
            }

            socket.Shutdown(SocketShutdown.Send);
            while (await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60)) > 0)
            {
            }
        }
        catch (SocketException) when (answer == 0)
        {
            // Closed before all of it was sent.
        }
    }

    private async Task<string> WorkerIdAsync(int processId)
    {
        JsonElement status = await host.StatusAsync();
        return status.GetProperty("workers").EnumerateArray().Single(worker => worker.GetProperty("processId").GetInt32() == processId).GetProperty("id").GetString()!;
    }
}
