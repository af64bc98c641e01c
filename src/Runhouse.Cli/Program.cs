using Runhouse.Cli;
using Runhouse.Cli.Output;
using Runhouse.Providers.Aws;
using Runhouse.Providers.Gcp;
using Runhouse.Providers.Kubernetes;
using Runhouse.Runtime.Leases;
using Spectre.Console;

// Configuration is looked for where the command runs, as a program's is beside the program.
AppContext.SetData("EntryPointFileDirectoryPath", Environment.CurrentDirectory);

// Generated code does it in programs with remote code.
MachineProviders.Register("aws", AwsCloud.Create);
MachineProviders.Register("gcp", GcpCloud.Create);
MachineProviders.Register("kubernetes", KubernetesScheduler.Create);
var terminal = new Terminal(
    AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) }),
    AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }));
return await CommandTree.RunAsync(args, terminal, CancellationToken.None).ConfigureAwait(false);
