using TorchSharp;
using static TorchSharp.torch.nn;

namespace FineTuning;

/// <summary>Two convolutions and a linear layer: enough for 8x8 digits.</summary>
internal static class ConvolutionalNetwork
{
    /// <summary>Makes the network with random weights.</summary>
    /// <param name="channels">The first convolution's channels; the second has twice as many.</param>
    public static Module<torch.Tensor, torch.Tensor> Create(long channels) => Sequential(
        ("convolution1", Conv2d(1, channels, 3, padding: 1)),
        ("relu1", ReLU()),
        ("convolution2", Conv2d(channels, 2 * channels, 3, padding: 1)),
        ("relu2", ReLU()),
        ("pool", MaxPool2d(2)),
        ("flatten", Flatten()),
        ("linear", Linear(2 * channels * 4 * 4, 10)));
}
