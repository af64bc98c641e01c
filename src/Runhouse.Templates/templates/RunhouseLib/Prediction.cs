namespace RunhouseLib;

/// <summary>What travels back: a type with plain properties.</summary>
public sealed record Prediction(string Weights, double Score);
