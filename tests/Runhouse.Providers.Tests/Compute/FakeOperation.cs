using System.Text.Json.Nodes;

namespace Runhouse.Providers.Compute;

/// <summary>What a request has begun. It goes on as it is waited for, not with time: a number of answers says that it runs.</summary>
/// <param name="path">Its path, from the project on.</param>
/// <param name="looks">How many answers say that it runs.</param>
/// <param name="error">What it ends with; null when it succeeds.</param>
/// <param name="before">What must have ended before it is done.</param>
/// <param name="whenDone">What is the case once it is done.</param>
internal sealed class FakeOperation(string path, int looks, (string Code, string Message, int Status)? error, Task before, Action whenDone)
{
    private int _looks = looks;

    /// <summary>Its path, from the project on.</summary>
    public string Path { get; } = path;

    /// <summary>Whether it is done.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Goes on, when it is time.</summary>
    public void Look()
    {
        if (IsDone || _looks-- > 0 || !before.IsCompleted)
            return;
        IsDone = true;
        whenDone();
    }

    /// <summary>Has its end come without anybody who waits for it.</summary>
    public void Finish()
    {
        _looks = 0;
        Look();
    }

    /// <summary>How it is, in the API's words.</summary>
    /// <param name="url">Where the API answers.</param>
    public JsonObject ToJson(string url)
    {
        var json = new JsonObject
        {
            ["kind"] = "compute#operation",
            ["name"] = Path.Split('/')[^1],
            ["selfLink"] = $"{url}/compute/v1/{Path}",
            ["status"] = IsDone ? "DONE" : "RUNNING",
        };
        if (IsDone && error is var (code, message, status))
        {
            json["error"] = new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["code"] = code, ["message"] = message }) };
            json["httpErrorStatusCode"] = status;
        }

        return json;
    }
}
