#ifndef VIGIL_MUTANT_SWITCH_H
#define VIGIL_MUTANT_SWITCH_H
#include <stdbool.h>
/// True for the mutant whose number the environment holds in VIGIL_MUTANT.
bool vigil_mutant(int id);
#endif
