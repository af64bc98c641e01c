using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Framing;

namespace Runhouse.Protocol.Tests.Connections;

public class HandshakeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TicketLedger _ledger = new();
    private readonly byte[] _key = Ticket.CreateKey();

    [Fact]
    public async Task A_ticket_opens_one_connection()
    {
        byte[] ticket = Ticket.Mint(_key, _time.GetUtcNow().AddMinutes(1));
        await using (ClientConnection connection = await ConnectAsync(new ClientHandshake(ticket)))
            Assert.True(connection.IsOpen);
        await RefusedAsync(ticket, "has been used");
    }

    [Fact]
    public Task A_ticket_of_another_key_is_refused()
        => RefusedAsync(Ticket.Mint(Ticket.CreateKey(), _time.GetUtcNow().AddMinutes(1)), "not one of this worker's host");

    [Fact]
    public Task An_expired_ticket_is_refused() => RefusedAsync(Ticket.Mint(_key, _time.GetUtcNow()), "time is over");

    [Fact]
    public async Task A_first_frame_that_is_no_hello_is_refused_and_the_transport_closed()
    {
        var pipes = new PipePair();
        Task<ServerConnection?> accepting = AcceptAsync(pipes);
        await pipes.Caller.Output.WriteAsync(Framing.GoldenFrames.Write(OutgoingFrame.Short(FrameKind.Ping, 0, new byte[8])), TestContext.Current.CancellationToken);
        Assert.Null(await accepting);
        var read = await pipes.Caller.Input.ReadAtLeastAsync(FrameHeader.Size, TestContext.Current.CancellationToken);
        Assert.Equal((byte)FrameKind.GoAway, read.Buffer.FirstSpan[4]);
        pipes.Caller.Input.AdvanceTo(read.Buffer.End);
        Assert.True((await pipes.Caller.Input.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public async Task A_caller_that_says_nothing_is_let_go_after_a_while()
    {
        var pipes = new PipePair();
        Task<ServerConnection?> accepting = AcceptAsync(pipes);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Null(await accepting);
    }

    [Fact]
    public async Task A_caller_that_closes_without_a_word_is_no_error()
    {
        var pipes = new PipePair();
        Task<ServerConnection?> accepting = AcceptAsync(pipes);
        await pipes.Caller.Output.CompleteAsync();
        Assert.Null(await accepting);
    }

    private ClientHandshake Fresh() => new(Ticket.Mint(_key, _time.GetUtcNow().AddMinutes(1)));

    private async Task RefusedAsync(byte[] ticket, string why)
    {
        var error = await Assert.ThrowsAsync<CredentialsException>(() => ConnectAsync(new ClientHandshake(ticket)));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private async Task<ClientConnection> ConnectAsync(ClientHandshake handshake)
    {
        var pipes = new PipePair();
        Task<ServerConnection?> accepting = AcceptAsync(pipes);
        ClientConnection client = await ClientConnection.ConnectAsync(pipes.Caller, handshake, ClientConnectionOptions.Default, default);
        _ = (await accepting)!.RunAsync();
        return client;
    }

    private Task<ServerConnection?> AcceptAsync(PipePair pipes)
    {
        var options = new ServerConnectionOptions { TicketKey = _key, TicketLedger = _ledger, WorkerId = "w-1", Host = "tests", TimeProvider = _time };
        return ServerConnection.AcceptAsync(pipes.Worker, options, new TestWorker(), default);
    }
}
