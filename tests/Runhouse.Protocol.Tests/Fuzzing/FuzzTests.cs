namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>Hostile bytes from recorded sessions: an error or a closed connection, and nothing else. Alone, so that memory can be measured.</summary>
[CollectionDefinition(nameof(FuzzTests), DisableParallelization = true)]
[Collection(nameof(FuzzTests))]
public class FuzzTests
{
    [Fact]
    public async Task A_worker_takes_whatever_a_caller_sends()
    {
        RecordedSession session = await RecordedSession.Of;
        await new FuzzRun("worker", random => WorkerTarget.Prepare(session, random)).RunAsync(percent: 30);
    }

    [Fact]
    public async Task A_caller_with_calls_in_flight_takes_whatever_a_worker_sends()
    {
        RecordedSession session = await RecordedSession.Of;
        await new FuzzRun("caller", random => CallerTarget.Prepare(session, random)).RunAsync(percent: 30);
    }

    [Fact]
    public Task A_worker_takes_whatever_hello_it_is_shown() => new FuzzRun("worker's handshake", HandshakeTargets.PrepareWorker).RunAsync(percent: 10);

    [Fact]
    public Task A_caller_takes_whatever_hello_it_is_answered() => new FuzzRun("caller's handshake", HandshakeTargets.PrepareCaller).RunAsync(percent: 9);

    [Fact]
    public async Task A_worker_takes_whatever_resumes_a_session()
    {
        RecordedSession session = await RecordedSession.Of;
        await new FuzzRun("worker's resumption", random => ResumptionTargets.PrepareWorker(session, random)).RunAsync(percent: 10);
    }

    [Fact]
    public async Task A_caller_takes_whatever_its_session_is_resumed_with()
    {
        RecordedSession session = await RecordedSession.Of;
        await new FuzzRun("caller's resumption", random => ResumptionTargets.PrepareCaller(session, random)).RunAsync(percent: 1);
    }

    [Fact]
    public Task Whatever_is_said_about_an_error_makes_one() => new FuzzRun("errors", BodyTargets.PrepareError).RunAsync(percent: 10);
}
