using System.Numerics;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>An exact number; the denominator is positive, and nothing is ever reduced.</summary>
internal readonly record struct Rational(BigInteger Numerator, BigInteger Denominator)
{
    public bool IsZero => Numerator.IsZero;

    public static Rational operator +(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) => a + new Rational(-b.Numerator, b.Denominator);

    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational operator /(Rational a, Rational b) =>
        new(a.Numerator * b.Denominator * b.Numerator.Sign, a.Denominator * BigInteger.Abs(b.Numerator));

    public Rational Abs() => new(BigInteger.Abs(Numerator), Denominator);

    public int FloorLog2()
    {
        int estimate = (int)(Numerator.GetBitLength() - Denominator.GetBitLength());
        bool reached = estimate >= 0 ? Numerator >= Denominator << estimate : Numerator << -estimate >= Denominator;
        return reached ? estimate : estimate - 1;
    }
}
