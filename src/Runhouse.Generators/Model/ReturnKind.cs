namespace Runhouse.Generators.Model;

/// <summary>What a member returns, classified once.</summary>
internal enum ReturnKind
{
    /// <summary>Nothing, synchronously.</summary>
    Void,

    /// <summary>A value, synchronously.</summary>
    Value,

    /// <summary><c>Task</c>.</summary>
    Task,

    /// <summary><c>Task&lt;T&gt;</c>.</summary>
    TaskOfValue,

    /// <summary><c>ValueTask</c>.</summary>
    ValueTask,

    /// <summary><c>ValueTask&lt;T&gt;</c>.</summary>
    ValueTaskOfValue,

    /// <summary><c>IAsyncEnumerable&lt;T&gt;</c>.</summary>
    Stream,
}

/// <summary>Questions about return kinds.</summary>
internal static class ReturnKinds
{
    /// <summary>Whether the member completes before it returns, so that it may block its thread.</summary>
    public static bool IsSynchronous(this ReturnKind kind) => kind is ReturnKind.Void or ReturnKind.Value;

    /// <summary>Whether the call ends with a value.</summary>
    public static bool HasValue(this ReturnKind kind) => kind is ReturnKind.Value or ReturnKind.TaskOfValue or ReturnKind.ValueTaskOfValue;
}
