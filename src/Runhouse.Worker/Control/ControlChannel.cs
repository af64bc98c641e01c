using System.Text.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Control;

/// <summary>The messages between this worker and its host: one line of JSON each.</summary>
internal sealed class ControlChannel(StreamReader input, Stream output)
{
    private readonly Lock _writing = new();

    /// <summary>Waits for the host's next message; null when the host has ended. Blocks: it has a thread of its own.</summary>
    public HostToWorkerMessage? Read()
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Length > 0)
                return JsonSerializer.Deserialize(line, ControlJson.Default.HostToWorkerMessage);
        }

        return null;
    }

    /// <summary>Sends a message. A host that has ended reads nothing: the end of our input says so, here it is of no interest.</summary>
    /// <param name="message">The message.</param>
    public void Send(WorkerToHostMessage message)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, ControlJson.Default.WorkerToHostMessage);
        byte[] line = new byte[json.Length + 1];
        json.CopyTo(line, 0);
        line[^1] = (byte)'\n';
        lock (_writing)
        {
            try
            {
                output.Write(line);
                output.Flush();
            }
            catch (IOException)
            {
            }
        }
    }
}
