namespace Runhouse.Simulation.Cloud;

/// <summary>How many requests a cloud takes in one region: some at once, and then one after the other.</summary>
internal sealed class RequestLimit
{
    private const double AtOnce = 10;
    private const double PerSecond = 1;

    private double _left = AtOnce;
    private TimeSpan _at;

    /// <summary>Counts a request; false when it is one too many.</summary>
    /// <param name="now">When it comes.</param>
    public bool TryPass(TimeSpan now)
    {
        _left = Math.Min(AtOnce, _left + ((now - _at).TotalSeconds * PerSecond));
        _at = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
