"""The composition roots: from the environment to objects, once in a process, by what a function works on."""
