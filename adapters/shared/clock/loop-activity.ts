/** How often the network has handed something to the core. The clock watches it to tell a quiet turn of the loop. */
export interface LoopActivity {
  deliveries: number;
}
