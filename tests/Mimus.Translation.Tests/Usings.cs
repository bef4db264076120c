// Iced has types of these names, too.
global using Assembler = Mimus.Translation.X64.Assembler;
global using MemorySize = Mimus.Isa.MemorySize;
