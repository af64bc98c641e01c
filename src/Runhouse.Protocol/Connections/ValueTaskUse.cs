namespace Runhouse.Protocol.Connections;

/// <summary>Uses of a call's <c>ValueTask</c> that only a <c>Task</c> allows. The framework's own words for them name neither the cause nor a way out.</summary>
internal static class ValueTaskUse
{
    /// <summary>A thread asks for the result before it is there.</summary>
    /// <param name="member">The called member.</param>
    public static InvalidOperationException Early(string member)
        => new($"'{member}' has not answered yet, and its ValueTask does not wait for that: await it, or wait for the Task that AsTask() makes of it.");

    /// <summary>Somebody asks a second time.</summary>
    public static InvalidOperationException Again()
        => new("The ValueTask of a remote call is awaited once, and this one has been: take the Task that AsTask() makes of it, and await that as often as you like.");
}
