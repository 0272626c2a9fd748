"""The parser, the catalogue of commands, shared options, completion, the picker."""
