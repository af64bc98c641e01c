using System.Text;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Tests.Machines;

public sealed class AppLauncherTests
{
    private const string Placeholder = "c3ab8ff13720e8ad9047dd39466b3c89" + "74e592c2fa383d4a3960714caef0c4f2";

    [Fact]
    public void The_name_of_the_assembly_takes_the_place_that_is_kept_for_it()
    {
        byte[] bound = AppLauncher.Bind(Encoding.ASCII.GetBytes($"before{Placeholder}\0after"), "Some.dll");
        Assert.Equal($"beforeSome.dll{new string('\0', Placeholder.Length - "Some.dll".Length)}\0after", Encoding.ASCII.GetString(bound));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData(Placeholder + " " + Placeholder)]
    public void A_template_without_one_place_for_it_is_refused(string template)
        => Assert.Throws<InvalidDataException>(() => AppLauncher.Bind(Encoding.ASCII.GetBytes(template), "Some.dll"));
}
