namespace Runhouse.Protocol.Sockets;

/// <summary>An input whose reads keep their thread until something has come: that thread must be the reader's own.</summary>
internal interface IBlockingReader;
