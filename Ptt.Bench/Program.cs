// Measures parts of Ptt, each as a ratio to a plain baseline in the same run. See docs/benchmarks.md.
Console.Error.WriteLine("usage: Ptt.Bench <benchmark>");
return 2;
