using System.Collections.Concurrent;
using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Control;

/// <summary>Takes the states of objects to the host, and what it has kept back from there: through files beside the worker's socket, in a folder that only this user can enter.</summary>
/// <param name="send">Sends a message to the host.</param>
/// <param name="folder">The folder.</param>
/// <param name="workerId">The worker's id, with which the names of its files begin.</param>
internal sealed class KeptStates(Action<WorkerToHostMessage> send, string folder, string workerId)
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<string?>> _waiting = [];
    private long _lastRequest;
    private long _lastFile;

    /// <summary>Has the host keep a state, or note why there is none; the answer is why it does not, or null.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="objectId">The object.</param>
    /// <param name="file">The file with the state; null when it could not be taken.</param>
    /// <param name="error">Why it could not be taken.</param>
    /// <param name="isKept">Whether what is kept already is the state behind the object's last call.</param>
    public Task<string?> KeepAsync(string name, ulong objectId, string? file, string? error, bool isKept)
    {
        long request = Interlocked.Increment(ref _lastRequest);
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[request] = answer;
        send(new KeepState(request, name, objectId, file, error) { IsKept = isKept });
        return answer.Task;
    }

    /// <summary>Takes the host's answer.</summary>
    public void Answer(StateKept kept)
    {
        if (_waiting.TryRemove(kept.RequestId, out TaskCompletionSource<string?>? answer))
            answer.SetResult(kept.Error);
    }

    /// <summary>Writes bytes for the host; the result is the file's name.</summary>
    public string Write(ReadOnlySpan<byte> bytes)
    {
        string file = string.Create(CultureInfo.InvariantCulture, $"{workerId}-{Interlocked.Increment(ref _lastFile)}.state");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(Path.Combine(folder, file), options);
        stream.Write(bytes);
        return file;
    }

    /// <summary>Reads bytes of the host, and deletes their file.</summary>
    public byte[] Take(string file)
    {
        string path = Path.Combine(folder, file);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}
