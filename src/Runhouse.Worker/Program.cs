using Runhouse.Worker.Control;

// Before anything touches the console: from here on it belongs to user code.
var (input, output, log, raw) = StandardStreams.Take();
using var reader = new StreamReader(input);
return new WorkerProcess(new ControlChannel(reader, output), log, raw).Run();
