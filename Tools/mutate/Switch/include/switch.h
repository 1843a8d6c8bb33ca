#ifndef VIGIL_MUTANT_SWITCH_H
#define VIGIL_MUTANT_SWITCH_H
#include <stdbool.h>
/// True for the mutant whose number the environment holds in VIGIL_MUTANT; each n-th time only, where
/// VIGIL_MUTANT_EVERY says n.
bool vigil_mutant(int id);
#endif
