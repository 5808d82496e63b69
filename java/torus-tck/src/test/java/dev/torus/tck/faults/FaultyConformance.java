package dev.torus.tck.faults;

import dev.torus.tck.BackendConformance;
import dev.torus.tck.TestedBackends;

/** Suite B on a broken backend; run by {@link FaultRun} only. */
@TestedBackends(FaultyProvider.class)
class FaultyConformance extends BackendConformance {}
