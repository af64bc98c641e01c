using System.Runtime.Versioning;

// Hosts are Linux machines; their tests look at file modes and signals.
[assembly: SupportedOSPlatform("linux")]
