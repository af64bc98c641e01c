namespace Runhouse.Protocol.Tests.Sockets;

/// <summary>Alone: it counts what the process has mapped.</summary>
[CollectionDefinition("SharedMemory", DisableParallelization = true)]
public sealed class SharedMemoryCollection;
