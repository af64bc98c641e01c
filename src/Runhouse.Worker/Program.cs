using System.Runtime.InteropServices;
using Runhouse.Worker.Control;

// Before anything touches the console: from here on it belongs to user code.
var (input, output, log, raw) = StandardStreams.Take();

// Whoever takes the machine away may say so to every process there: how much time is left is the host's to say.
using PosixSignalRegistration? terminate = args is ["--ended-by-host"] ? PosixSignalRegistration.Create(PosixSignal.SIGTERM, static signal => signal.Cancel = true) : null;
using var reader = new StreamReader(input);
return new WorkerProcess(new ControlChannel(reader, output), log, raw).Run();
