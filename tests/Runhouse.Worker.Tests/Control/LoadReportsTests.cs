using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol.Control;
using Runhouse.Worker.Control;

namespace Runhouse.Worker.Tests.Control;

public sealed class LoadReportsTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly FakeTimeProvider _time = new();
    private readonly List<WorkerToHostMessage> _sent = [];
    private readonly LoadReports _reports;

    public LoadReportsTests() => _reports = new LoadReports(_sent.Add, Interval, _time);

    [Fact]
    public void Many_changes_are_one_report_and_no_change_is_none()
    {
        _reports.AddSessions(1);
        for (int i = 0; i < 1000; i++)
            _reports.AddCalls(1);
        Assert.Empty(_sent);

        _time.Advance(Interval);
        Assert.Equal([new WorkerLoad(1000, 1, 0, 1)], _sent);
        _time.Advance(Interval * 10);

        Assert.Single(_sent);
    }

    [Fact]
    public void A_session_that_is_resumed_has_used_a_ticket_and_is_the_same()
    {
        _reports.AddSessions(1);
        _reports.AddResumption();
        _time.Advance(Interval);
        Assert.Equal([new WorkerLoad(0, 1, 0, 2)], _sent);
    }

    [Fact]
    public void A_call_that_came_and_went_between_two_reports_is_not_reported()
    {
        _reports.AddCalls(1);
        _reports.AddCalls(-1);
        _time.Advance(Interval);

        Assert.Empty(_sent);
    }

    [Fact]
    public void The_end_of_the_last_call_is_said_at_once()
    {
        bool idle = false;
        _reports.Idle += () => idle = true;

        _reports.AddCalls(2);
        _reports.AddCalls(-1);
        Assert.False(idle);
        _reports.AddCalls(-1);

        Assert.True(idle);
    }
}
