namespace Runhouse.Worker.Hangs;

/// <summary>A call that has ignored its cancellation for too long.</summary>
/// <param name="Name">Its id for messages.</param>
/// <param name="Member">What it calls.</param>
/// <param name="Late">How long ago its deadline was.</param>
internal sealed record HungCall(string Name, string Member, TimeSpan Late)
{
    /// <summary>What is said of it, <c>'Jobs.Spin(int)' (call 1f/3) goes on 30 s after its deadline</c>.</summary>
    public override string ToString() => $"'{Member}' (call {Name}) goes on {Late.TotalSeconds:0} s after its deadline";
}
