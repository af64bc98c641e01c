using System.Diagnostics;
using Runhouse;

// A class of another assembly, as it is.
[assembly: Remote<Stopwatch>]
